/**
 * In which order the routes of a resource are tried. The first is drawn by weight, from the job's own id, so that whoever
 * looks at the job later, with the same configuration, sees the same order; the others follow, then the fallback.
 */
import { hash } from 'node:crypto';
import type { Connection, Route, RouteTarget } from '@sluice/domain';

export interface RouteChoice {
  readonly job: string;
  readonly routes: readonly RouteTarget[];
  readonly fallback: readonly RouteTarget[];
  readonly connections: ReadonlyMap<string, Connection>;
  /** Goes first instead of the one drawn. */
  readonly chosen: RouteTarget | null;
  /** Whether a provider is known to take no calls now: another route goes first where there is one. */
  readonly isCircuitOpen: (connection: string, model: string) => boolean;
  /** False leaves one route. */
  readonly mayFallBack: boolean;
}

/** Routes whose circuit is open go behind the others. At least one route, unless nothing of what is configured exists. Paused connections go last, and only where
 *  nothing else is left, so that a pause of the only connection holds its calls instead of refusing them. */
export function orderRoutes({ job, routes, fallback, connections, chosen, isCircuitOpen, mayFallBack }: RouteChoice): readonly Route[] {
  // Without a fallback the one that was chosen is the only one, paused or not.
  const others = chosen && !mayFallBack ? [] : [...drawByWeight(job, routes), ...fallback];
  const inOrder = chosen ? [chosen, ...others] : others;
  const enabled: Route[] = [];
  const open: Route[] = [];
  const paused: Route[] = [];
  for (const target of inOrder) {
    const connection = connections.get(target.connection);
    if (!connection) continue;
    // A route that was asked for stays where it is.
    const isOpen = target !== chosen && isCircuitOpen(connection.id, target.model);
    const list = connection.state === 'paused' ? paused : isOpen ? open : enabled;
    const known = list.some((route) => route.connection === connection.id && route.model === target.model);
    if (!known) list.push({ connection: connection.id, name: connection.name, provider: connection.provider, model: target.model });
  }
  const working = [...enabled, ...open];
  const usable = working.length > 0 ? working : paused;
  return mayFallBack ? usable : usable.slice(0, 1);
}

/** Weighted sampling without replacement: each target draws an exponential time with its weight as the rate, the
 *  earliest goes first (https://doi.org/10.1016/j.ipl.2005.11.003). Weight 0 goes behind all others. */
function drawByWeight(job: string, targets: readonly RouteTarget[]): readonly RouteTarget[] {
  if (targets.length < 2) return targets;
  const timed = targets.map((target, index) => ({ target, index, time: -Math.log(uniform(`${job}/${index}`)) / target.weight }));
  return timed.sort((a, b) => (a.time === b.time ? a.index - b.index : a.time - b.time)).map(({ target }) => target);
}

/** In (0, 1), the same for the same text. */
function uniform(text: string): number {
  const digest = hash('sha256', text, 'buffer');
  return (digest.readUIntBE(0, 6) + 1) / (2 ** 48 + 1);
}
