/**
 * Scopes: whom a limit belongs to that is not one connection's short one: an API key, a resource, a source address; and a connection as far
 * as its long limits go. A job names the scopes that cover it, a scheduler looks up what each allows.
 */
import type { Limit } from './limit.ts';
import type { Snapshot } from './configuration.ts';

/** From here on a limit is a budget: kept in Postgres, and refused at the door where it cannot free in time. */
const LONG_MS = 3_600_000;

export const isLong = ({ windowMs }: Limit): boolean => windowMs >= LONG_MS;

export const keyScope = (id: string): string => `key:${id}`;
export const resourceScope = (id: string): string => `resource:${id}`;
/** Each address by itself, within one environment. */
export const sourceScope = (environment: string, address: string): string => `source:${environment}:${address.replace(/^::ffff:/, '')}`;
export const connectionScope = (id: string): string => `connection:${id}`;

/** As in the configuration: two limits of one name would be one limit. */
export const limitName = ({ dimension, model, windowMs, window }: Limit): string =>
  `${dimension}/${model ?? '*'}/${windowMs}${window === 'sliding' ? '' : `/${window}`}`;

/** Unique over all that is configured; what stands before `|` is the scope. */
export const scopedLimitId = (scope: string, limit: Limit): string => `${scope}|${limitName(limit)}`;

/** What each scope of a snapshot allows; nothing where it is not configured any more. */
export function limitsOfScopes({ environments }: Snapshot): (scope: string) => readonly Limit[] {
  const named = new Map<string, readonly Limit[]>();
  const ofSources = new Map<string, readonly Limit[]>();
  for (const { id, settings, apiKeys, resources, connections } of environments) {
    for (const key of apiKeys) named.set(keyScope(key.id), key.limits);
    for (const resource of resources) named.set(resourceScope(resource.id), resource.limits);
    for (const connection of connections) named.set(connectionScope(connection.id), connection.limits.filter(isLong));
    ofSources.set(id, settings.sourceLimits ?? []);
  }
  return (scope) => {
    const [kind, environment = ''] = scope.split(':', 2);
    return (kind === 'source' ? ofSources.get(environment) : named.get(scope)) ?? [];
  };
}
