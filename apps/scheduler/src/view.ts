/** What the owner of a connection tells operators each second. Pure; its cost is that of the lanes, not of the jobs in them. */
import { limitName, type ConnectionView, type LaneView, type LimitView } from '@sluice/domain';
import { coolsUntil, explain, learnedLimits, openByLane, openCircuits, sentence, useOfLimits, type State } from '@sluice/scheduling';
import { waitingLanes, type Desk } from './desk.ts';

export interface Moment {
  readonly now: number;
  readonly grantsPerSecond: number;
}

export function connectionView(state: State, desk: Desk, { now, grantsPerSecond }: Moment): ConnectionView {
  const open = openByLane(state);
  return {
    v: 1, at: Math.round(now), grantsPerSecond,
    running: [...open.values()].reduce((sum, one) => sum + one, 0),
    lanes: lanes(state, desk, { now, open }),
    limits: limits(state, desk, now),
    cooldownUntil: finite(coolsUntil(state, now)) ?? 0,
    circuits: openCircuits(state, now).map(({ model, until, cause }) => ({ model, until: finite(until), cause })),
  };
}

/** Those with work: waiting, running, or granted within the last minute. */
function lanes(state: State, desk: Desk, { now, open }: { now: number; open: ReadonlyMap<string, number> }): readonly LaneView[] {
  const waiting = new Map(waitingLanes(desk).map((lane) => [lane.lane, lane]));
  const names = new Set([...waiting.keys(), ...open.keys(), ...desk.granted.keys()]);
  return [...names].flatMap((lane) => {
    const found = waiting.get(lane);
    const running = open.get(lane) ?? 0;
    const grantedLastMinute = desk.granted.get(lane)?.total(now) ?? 0;
    if (!found && running === 0 && grantedLastMinute === 0) return [];
    return [{ lane, waiting: found?.waiting ?? 0, oldestAt: found?.oldestAt ?? 0, running, grantedLastMinute, reason: reasonOf(state, found?.lane, now) }];
  });
}

function reasonOf(state: State, lane: string | undefined, now: number): LaneView['reason'] {
  if (lane === undefined) return { kind: 'empty', text: 'Nothing waits.' };
  const { constraint } = explain(state, { lane }, now);
  return { kind: constraint.kind, text: sentence(constraint, now) };
}

function limits(state: State, { connection }: Desk, now: number): readonly LimitView[] {
  const configured = new Map(connection.limits.map((limit) => [limitName(limit), limit]));
  return useOfLimits(state, now).flatMap(({ id, windowMs, amount: effective, taken }) => {
    const own = configured.get(id);
    const limit = own ?? learnedLimits(state).get(id)?.limit;
    // A pace is a row of its own, with a shorter window: it is not what the provider allows.
    if (!limit || limit.windowMs !== windowMs) return [];
    return [{ dimension: limit.dimension, model: limit.model ?? null, windowMs, window: limit.window, amount: own?.amount ?? null, effective, used: taken }];
  });
}

const finite = (value: number): number | null => (Number.isFinite(value) ? Math.round(value) : null);
