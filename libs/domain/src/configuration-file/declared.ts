/**
 * What a `sluice.yaml` declares: one environment, whole, checked, with every default filled in. Secrets are in clear here
 * and nowhere else: the store seals credentials and hashes keys before it writes a row.
 */
import type { ApiKey, Connection, Priority, Resource, Settings } from '../configuration.ts';
import type { EventType } from '../webhook/event.ts';

export interface ConfigurationFile {
  readonly environment: string;
  readonly settings: Settings;
  readonly connections: readonly DeclaredConnection[];
  /** In order of rank: the first is the most urgent. */
  readonly priorities: readonly Priority[];
  readonly resources: readonly DeclaredResource[];
  readonly apiKeys: readonly DeclaredApiKey[];
  readonly webhooks: {
    /** Secret. Null: made when it is first needed. */
    readonly secret: string | null;
    readonly endpoints: readonly DeclaredWebhookEndpoint[];
  };
}

export interface DeclaredWebhookEndpoint {
  readonly name: string;
  readonly url: string;
  /** Empty: all. */
  readonly events: readonly EventType[];
  /** Secret. */
  readonly secret: string;
}

/** Without `state`: pausing is an operator's act, and the next start must not undo it. */
export interface DeclaredConnection extends Omit<Connection, 'id' | 'sealedCredentials' | 'state'> {
  /** Secret. By name as in the file, such as `api_key`; empty where the provider needs none. */
  readonly credentials: Readonly<Record<string, string>>;
}

export type DeclaredResource = Omit<Resource, 'id'>;

export interface DeclaredApiKey extends Omit<ApiKey, 'id' | 'hash' | 'masked'> {
  /** Secret. */
  readonly key: string;
}

/** One thing that is wrong with the file. Never holds a value from the environment. Lines and columns count from 1. */
export interface ConfigurationProblem {
  readonly line: number;
  readonly column: number;
  /** Such as `resources[0].routes[1].connection`; empty for the file as a whole. */
  readonly path: string;
  readonly message: string;
}
