/** What time alone asks for: jobs that can no longer start in time, permits nobody claimed, leases that ended in silence. */
import { nextDue, ripen } from './lanes.ts';
import { lapse, leaseEndOf, type Permits, type Terms } from './permits.ts';
import type { State } from './state.ts';
import { termsOf } from './take-in.ts';
import type { Decision } from './types.ts';

/** An unanswered withdrawal is asked for again after this long: it is idempotent, and a lost one would hold its charge until the
 *  lease ends. */
const WITHDRAW_AGAIN_MS = 1_000;

export function dealWithOverdue(state: State, now: number): readonly Decision[] {
  const expired = ripen(state.lanes, state.accounts, now);
  return [
    ...withdrawn(state.permits, termsOf(state), now),
    ...expired.map(({ lane, head }): Decision => ({ kind: 'expire', lane: lane.told.lane, head: head.id })),
  ];
}

function withdrawn(permits: Permits, terms: Terms, now: number): readonly Decision[] {
  const decisions: Decision[] = [];
  for (let permit = permits.unheard.peek(); permit !== undefined && permit.dueAt <= now; permit = permits.unheard.peek()) {
    const leaseEnd = leaseEndOf(permit, terms.capacity);
    if (leaseEnd <= now) {
      lapse(permits, terms, permit);
      continue;
    }
    if (!permit.claimed) decisions.push({ kind: 'withdraw', permit: permit.permit, lane: permit.lane, head: permit.head });
    permit.dueAt = permit.claimed ? leaseEnd : Math.min(leaseEnd, now + WITHDRAW_AGAIN_MS);
    permits.unheard.put(permit);
  }
  return decisions;
}

/** When time alone next asks for something of this kind. */
export const nextOverdue = ({ permits, lanes }: State): number =>
  Math.min(nextDue(lanes), permits.unheard.peek()?.dueAt ?? Number.POSITIVE_INFINITY);
