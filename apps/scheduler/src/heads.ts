/** Between what Redis holds of a lane and what `step` is told of it. Pure. */
import { attemptId, parseLane } from '@sluice/domain';
import type { Granted, LaneEntry, LaneLook } from '@sluice/queue';
import type { Decision, Head, LaneHeads, Reservation } from '@sluice/scheduling';

/** `also`: a scope that covers all jobs of the connection. */
export function laneHeads({ lane, waiting, heads }: LaneLook, also?: string): LaneHeads {
  const { priority, rank, tenant, weight } = parseLane(lane);
  return { lane, priority, rank, tenant, weight, waiting, heads: heads.map((entry) => headOf(entry, also)) };
}

function headOf({ ticket: { j, a, m, i, o, x, n, t, s, b, k }, score: place }: LaneEntry, also: string | undefined): Head {
  const scopes = scopesOf(k, also);
  return {
    id: attemptId(j, a), model: m, inputTokens: i, outputTokens: o, maximumOutputTokens: x, bodyBytes: n,
    createdAt: t, startBy: s, notBefore: b, place, ...(scopes.length > 0 && { scopes }),
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

export const scopesOf = (named: readonly string[] | undefined, also: string | undefined): readonly string[] =>
  [...named ?? [], ...(also === undefined ? [] : [also])];

export function reservationOf({ m, i, o, e, k }: Granted, also: string | undefined): Reservation {
  const scopes = scopesOf(k, also);
  return { model: m, inputTokens: i, outputTokens: o, extraOutputTokens: e, ...(scopes.length > 0 && { scopes }) };
}
