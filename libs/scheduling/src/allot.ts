/**
 * Grants all that may be granted now, the most urgent first.
 *
 * The first job that does not fit closes, for everybody behind it, exactly the limits it lacks room in: were the room left to
 * others, a large call could wait for ever. Those that other limits cover go on: one model's backlog does not hold up another's.
 */
import { freesAt, shortOf, type Account } from './account.ts';
import type { Group } from './accounts.ts';
import { barrier, best, type Candidate, leave, type Waiting } from './lanes.ts';
import { goesBefore } from './order.ts';
import { grant } from './permits.ts';
import { reserve } from './reserve.ts';
import type { State } from './state.ts';
import { termsOf } from './take-in.ts';
import type { Decision } from './types.ts';

export interface Allotment {
  readonly decisions: readonly Decision[];
  /** When time alone lets the next one go; Infinity when only an event can. */
  readonly nextAt: number;
}

export function allot(state: State, now: number): Allotment {
  const { capacity } = termsOf(state);
  if (capacity.paused) return { decisions: [], nextAt: Number.POSITIVE_INFINITY };
  if (now < state.cooldownUntil) {
    return { decisions: [], nextAt: hasReady(state) ? state.cooldownUntil : Number.POSITIVE_INFINITY };
  }
  const decisions: Decision[] = [];
  const closed = new Set<Account>();
  const mayGo = ({ accounts }: Group): boolean => closed.size === 0 || !accounts.some((account) => closed.has(account));
  let nextAt = Number.POSITIVE_INFINITY;
  let stop = barrier(state.lanes);
  for (let found = best(state.lanes, mayGo); found !== undefined; found = best(state.lanes, mayGo)) {
    if (stop !== undefined && goesBefore(stop, found.job)) break;
    const shortages = shortagesOf(state, found, now);
    for (const { account, short } of shortages) {
      closed.add(account);
      nextAt = Math.min(nextAt, freesAt(account, short));
    }
    if (shortages.length > 0) continue;
    decisions.push(grantTo(state, found.job, now));
    if (found.job.lane.known === 0) stop = barrier(state.lanes);
  }
  return { decisions, nextAt };
}

const hasReady = ({ lanes }: State): boolean => best(lanes, () => true) !== undefined;

interface Shortage {
  readonly account: Account;
  readonly short: number;
}

function shortagesOf(state: State, { job, group }: Candidate, now: number): readonly Shortage[] {
  const reservation = reserve(job.head, state.accounts.counting);
  const shortages: Shortage[] = [];
  for (const account of group.accounts) {
    const short = shortOf(account, reservation, now);
    if (short > 0) shortages.push({ account, short });
  }
  return shortages;
}

function grantTo(state: State, job: Waiting, now: number): Decision {
  const { accounts, capacity } = termsOf(state);
  const lane = job.lane.told.lane;
  const reservation = reserve(job.head, accounts.counting);
  const sendBy = now + capacity.sendWithinMs;
  const { permit } = grant(state.permits, accounts, { lane, head: job.id, reservation, sendBy });
  leave(state.lanes, accounts, job);
  return { kind: 'grant', permit, lane, head: job.id, sendBy, reservation };
}
