/** Queues as operators see them: each connection with its lanes, what waits in each, and why. Pure. */
import { parseLane } from '@sluice/domain';
import type { Connection, ConnectionView, Environment, LaneView } from '@sluice/domain';

export type Views = ReadonlyMap<string, ConnectionView | null>;

export const queuesOf = (environment: Environment, views: Views) => environment.connections.map((connection) => queueOf(connection, environment, views.get(connection.id) ?? null));

export function queueOf({ name, state }: Connection, { apiKeys }: Pick<Environment, 'apiKeys'>, view: ConnectionView | null) {
  const keys = new Map(apiKeys.map((key) => [key.id, key.name]));
  const lanes = view?.lanes ?? [];
  return {
    connection: name, state,
    /** Does a scheduler look after it? */
    owned: view !== null,
    waiting: lanes.reduce((sum, { waiting }) => sum + waiting, 0), running: view?.running ?? 0, grants_per_second: view?.grantsPerSecond ?? 0,
    cooldown_until: view === null || view.cooldownUntil === 0 ? null : view.cooldownUntil, circuits: view?.circuits ?? [],
    lanes: lanes.map((lane) => laneOf(lane, view, keys)).toSorted((a, b) => a.rank - b.rank || a.tenant.localeCompare(b.tenant)),
  };
}

function laneOf({ lane, waiting, oldestAt, running, grantedLastMinute, reason }: LaneView, view: ConnectionView | null, keys: ReadonlyMap<string, string>) {
  const { priority, rank, tenant } = parseLane(lane);
  return {
    lane, priority, rank, tenant: keys.get(tenant) ?? tenant, waiting, oldest_at: waiting === 0 ? null : oldestAt, running,
    granted_per_minute: grantedLastMinute, eta_ms: waiting === 0 ? null : etaOf(rank, view), reason,
  };
}

/** When what waits there now has gone, at the present pace, with all that goes before it. */
function etaOf(rank: number, view: ConnectionView | null): number | null {
  if (!view || view.grantsPerSecond <= 0) return null;
  const before = view.lanes.filter(({ lane }) => parseLane(lane).rank <= rank).reduce((sum, { waiting }) => sum + waiting, 0);
  return Math.round((before / view.grantsPerSecond) * 1_000);
}
