/** Whose limits cover a call besides those of its connection: its key's, its resource's, those of the address it came from. */
import { isLong, keyScope, limitsOfScopes, resourceScope, scopedLimitId, sourceScope, type Limit, type Snapshot } from '@sluice/domain';
import type { KeyEntry } from './directory.ts';

export interface Caller {
  readonly caller: KeyEntry;
  readonly resource: string;
  readonly remoteAddress: string | undefined;
}

/** Only those that limit anything: a call that nobody limits names none. */
export function scopesOf({ caller: { key, home }, resource: name, remoteAddress }: Caller): readonly string[] {
  const { id, settings } = home.environment;
  const resource = home.resources.get(name);
  const scopes: string[] = [];
  if (key.limits.length > 0) scopes.push(keyScope(key.id));
  if (resource !== undefined && resource.limits.length > 0) scopes.push(resourceScope(resource.id));
  if ((settings.sourceLimits ?? []).length > 0 && remoteAddress !== undefined) scopes.push(sourceScope(id, remoteAddress));
  return scopes;
}

export interface NamedLimit {
  readonly id: string;
  readonly limit: Limit;
}

/** The limits of these scopes that are kept in Postgres and cover one of the models. */
export function budgetsOf(scopes: readonly string[], models: readonly string[], snapshot: Snapshot): readonly NamedLimit[] {
  if (scopes.length === 0) return [];
  const limitsOf = limitsOfScopes(snapshot);
  return scopes.flatMap((scope) => limitsOf(scope)
    .filter((limit) => isLong(limit) && limit.dimension !== 'cost' && (limit.model === undefined || models.includes(limit.model)))
    .map((limit) => ({ id: scopedLimitId(scope, limit), limit })));
}
