/** Between what Redis holds of a lane and what `step` is told of it. Pure. */
import { attemptId, parseLane } from '@sluice/domain';
import type { Granted, LaneEntry, LaneLook } from '@sluice/queue';
import type { Decision, Head, LaneHeads, Reservation } from '@sluice/scheduling';

export function laneHeads({ lane, waiting, heads }: LaneLook): LaneHeads {
  const { priority, rank, tenant, weight } = parseLane(lane);
  return { lane, priority, rank, tenant, weight, waiting, heads: heads.map(({ ticket }) => headOf(ticket)) };
}

function headOf({ j, a, m, i, o, x, n, t, s, b }: LaneEntry['ticket']): Head {
  return {
    id: attemptId(j, a), model: m, inputTokens: i, outputTokens: o, maximumOutputTokens: x, bodyBytes: n,
    createdAt: t, startBy: s, notBefore: b,
  };
}

export const idOf = ({ ticket }: LaneEntry): string => attemptId(ticket.j, ticket.a);

/** What goes to dispatch for a decided grant. */
export function grantedOf(decision: Extract<Decision, { kind: 'grant' }>, entry: LaneEntry, at: { connection: string; now: number }): Granted {
  const { inputTokens: i, outputTokens: o, extraOutputTokens: e } = decision.reservation;
  return {
    ...entry.ticket, i, o, e, l: decision.lane, c: at.connection, g: decision.permit, ga: Math.round(at.now), sb: Math.round(decision.sendBy),
    sc: entry.score,
  };
}

export const reservationOf = ({ m, i, o, e }: Granted): Reservation => ({ model: m, inputTokens: i, outputTokens: o, extraOutputTokens: e });
