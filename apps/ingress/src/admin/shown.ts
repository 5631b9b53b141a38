/** Configured things and changes of them, as operators see them. Pure. */
import type { ApiKey, Connection, ConnectionView, Limit, LimitView, Priority, Resource } from '@sluice/domain';
import type { Changed, ConfiguredRow, ConfiguredRows, KeyUse } from '@sluice/store';

/** What stands beside everything that is configured. */
const marks = (of: ConfiguredRow | undefined) => ({ managed: of?.managed ?? false, etag: of?.etag ?? null });
const find = (rows: readonly ConfiguredRow[], name: string) => rows.find(({ row }) => row.name === name);

export const limitObject = ({ dimension, amount, windowMs, window, model, paceMs, burst }: Limit) => ({
  dimension, amount, per_ms: windowMs, window, model: model ?? null, ...(paceMs === undefined ? {} : { pace_ms: paceMs }), ...(burst === undefined ? {} : { burst }),
});

export const limitUse = ({ dimension, model, windowMs, window, amount, effective, used }: LimitView) =>
  ({ dimension, model, per_ms: windowMs, window, amount, effective, used });

export function connectionObject(connection: Connection, view: ConnectionView | null, rows: ConfiguredRows) {
  const { name, provider, baseUrl, sealedCredentials, limits, guardMs, headroom, slotShare, state } = connection;
  return {
    object: 'connection', name, provider, base_url: baseUrl, state, has_credentials: sealedCredentials !== null,
    limits: limits.map(limitObject), guard_ms: guardMs, headroom, slot_share: slotShare,
    /** What its owner told within the last seconds; null: no scheduler owns it now. */
    live: view && {
      at: view.at, running: view.running, waiting: view.lanes.reduce((sum, { waiting }) => sum + waiting, 0), grants_per_second: view.grantsPerSecond,
      cooldown_until: view.cooldownUntil === 0 ? null : view.cooldownUntil, circuits: view.circuits, limits: view.limits.map(limitUse),
    },
    ...marks(find(rows.connection, name)),
  };
}

export const priorityObject = ({ name, rank, reserved, ceiling, agesAfterMs }: Priority, rows: ConfiguredRows) =>
  ({ object: 'priority', name, rank, reserved, ceiling, ages_after_ms: agesAfterMs, ...marks(find(rows.priority, name)) });

export const resourceObject = (resource: Resource, rows: ConfiguredRows) => ({
  object: 'resource', name: resource.name, priority: resource.priority, routes: resource.routes, fallback: resource.fallback, max_wait_ms: resource.maxWaitMs,
  spill_after_ms: resource.spillAfterMs, on_unsupported: resource.onUnsupported, limits: resource.limits.map(limitObject), ...marks(find(rows.resource, resource.name)),
});

export function keyObject(key: ApiKey, use: KeyUse | undefined, rows: ConfiguredRows) {
  const { id, name, masked, resources, priorities, weight, limits, mayChooseRoute, loopbackOnly, enabled, expiresAt } = key;
  return {
    object: 'api_key', id, name, masked, resources, priorities, weight, limits: limits.map(limitObject), may_choose_route: mayChooseRoute,
    loopback_only: loopbackOnly, enabled, expires_at: expiresAt,
    /** Of the last 24 hours. */
    use: { jobs: use?.jobs ?? 0, input_tokens: use?.inputTokens ?? 0, output_tokens: use?.outputTokens ?? 0, cost: use?.cost ?? null, last_used_at: use?.lastUsedAt ?? null },
    ...marks(find(rows.api_key, name)),
  };
}

/** What a change did, or would do. */
export const changeObject = ({ action, kind, name, before, after, etag, version }: Changed, dryRun: boolean): Readonly<Record<string, unknown>> =>
  ({ object: 'change', dry_run: dryRun, action, kind, name, before, after, etag, version });
