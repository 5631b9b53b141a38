/** The resources that a key may use, as OpenAI and as Anthropic list models: every item carries both formats. */
import { SluiceError } from '@sluice/domain';
import type { ApiKey } from '@sluice/domain';
import { destinationOf, mayUse } from '../admit/destination.ts';
import type { EnvironmentDirectory } from '../admit/directory.ts';

export interface Model {
  readonly id: string;
  readonly object: 'model';
  /** Epoch seconds. */
  readonly created: number;
  readonly owned_by: string;
  readonly type: 'model';
  readonly display_name: string;
  readonly created_at: string;
}

export interface ModelList {
  readonly object: 'list';
  readonly data: readonly Model[];
  readonly has_more: boolean;
  readonly first_id: string | null;
  readonly last_id: string | null;
}

/** Nobody asks when a resource was made, but the formats want a time. */
const CREATED = Date.UTC(2026, 0, 1);

const modelOf = (id: string, ownedBy: string): Model => ({
  id, object: 'model', created: CREATED / 1_000, owned_by: ownedBy, type: 'model', display_name: id, created_at: new Date(CREATED).toISOString(),
});

/** Names of models by the id of the connection at which they were found. */
export type Found = ReadonlyMap<string, readonly string[]>;

/** Resources in their configured order, then the models behind them as they are named directly, then what servers were found to have. */
export function listModels(key: ApiKey, home: EnvironmentDirectory, found: Found): ModelList {
  const { resources, settings } = home.environment;
  const direct = settings.directRouting ? directNames(home, found) : [];
  const data = [...resources.map(({ name }) => modelOf(name, 'sluice')), ...direct.map(({ id, provider }) => modelOf(id, provider))]
    .filter(({ id }) => mayUse(key.resources, id));
  return { object: 'list', data, has_more: false, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}

function directNames({ environment, connections }: EnvironmentDirectory, found: Found): readonly { id: string; provider: string }[] {
  const named = new Map<string, string>();
  for (const { routes, fallback } of environment.resources) {
    for (const { connection, model } of [...routes, ...fallback]) {
      const provider = connections.get(connection)?.provider;
      if (provider !== undefined) named.set(`${provider}/${model}`, provider);
    }
  }
  for (const { id, provider } of environment.connections) for (const model of found.get(id) ?? []) named.set(`${provider}/${model}`, provider);
  return [...named].map(([id, provider]) => ({ id, provider }));
}

/** Throws `model_not_found`, also for what this key may not use: a list does not tell of it either. */
export function oneModel(id: string, key: ApiKey, home: EnvironmentDirectory): Model {
  if (!mayUse(key.resources, id)) throw new SluiceError('model_not_found', 'there is no such model', { param: 'id' });
  destinationOf(id, { key, home });
  return modelOf(id, home.resources.has(id) ? 'sluice' : (id.split('/')[0] ?? 'sluice'));
}
