/** The configuration snapshot as the hot path looks things up in it: maps, built once for each snapshot. */
import type { ApiKey, Connection, Environment, Priority, Resource, Snapshot } from '@sluice/domain';

export interface EnvironmentDirectory {
  readonly environment: Environment;
  /** By name. */
  readonly resources: ReadonlyMap<string, Resource>;
  readonly connections: ReadonlyMap<string, Connection>;
  readonly priorities: ReadonlyMap<string, Priority>;
  /** By provider id. */
  readonly byProvider: ReadonlyMap<string, readonly Connection[]>;
}

export interface KeyEntry {
  readonly key: ApiKey;
  readonly home: EnvironmentDirectory;
}

export interface Directory {
  readonly version: number;
  /** By the key's hash, lower-case hex. */
  readonly keys: ReadonlyMap<string, KeyEntry>;
  /** Origins that any environment lets in: a preflight names no key. */
  readonly origins: ReadonlySet<string>;
}

export function directoryOf(snapshot: Snapshot): Directory {
  const keys = new Map<string, KeyEntry>();
  const origins = new Set<string>();
  for (const environment of snapshot.environments) {
    const home = environmentDirectory(environment);
    for (const key of environment.apiKeys) keys.set(key.hash, { key, home });
    for (const origin of environment.settings.corsOrigins) origins.add(origin);
  }
  return { version: snapshot.version, keys, origins };
}

function environmentDirectory(environment: Environment): EnvironmentDirectory {
  const byProvider = new Map<string, Connection[]>();
  for (const connection of environment.connections) {
    byProvider.set(connection.provider, [...(byProvider.get(connection.provider) ?? []), connection]);
  }
  return {
    environment,
    resources: byName(environment.resources),
    connections: byName(environment.connections),
    priorities: byName(environment.priorities),
    byProvider,
  };
}

const byName = <T extends { readonly name: string }>(items: readonly T[]): ReadonlyMap<string, T> =>
  new Map(items.map((item) => [item.name, item]));

/** The directory of whatever snapshot is current; rebuilt when that is another one. */
export function followDirectory(snapshot: () => Snapshot): () => Directory {
  let seen = snapshot();
  let directory = directoryOf(seen);
  return () => {
    const current = snapshot();
    if (current !== seen) {
      seen = current;
      directory = directoryOf(current);
    }
    return directory;
  };
}
