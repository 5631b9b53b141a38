/**
 * Takes in what happened, before anything is decided.
 *
 * Events of one step are taken in by kind, not in the order given: capacity, then what is lent of it, then permits from the
 * oldest news to the newest, then lanes (which need to know the permits), then cooldowns. Events that do not concern the same
 * thing may therefore come in any order; of two about the same capacity, limit or lane the later one holds.
 */
import { chargeAll, lend, reopen, takeBack } from './accounts.ts';
import { joinLane, rethread, setLane } from './lanes.ts';
import { forgetClosed, markClaimed, markSent, recover, release, settle, type Terms } from './permits.ts';
import type { State } from './state.ts';
import type { Event } from './types.ts';

const ORDER: Readonly<Record<Event['kind'], number>> = {
  capacity: 0, tranche: 1, recovered: 2, claimed: 3, sent: 4, released: 5, ungranted: 5, settled: 6,
  lane: 7, joined: 8, cooldown: 9,
};

/** False as long as no capacity is known: events are then kept, because charges without accounts would be lost. */
export function takeIn(state: State, events: readonly Event[], now: number): boolean {
  const all = [...state.early, ...events];
  if (state.capacity === undefined && !all.some(({ kind }) => kind === 'capacity')) {
    state.early = all;
    return false;
  }
  state.early = [];
  for (const event of all.length > 1 ? all.toSorted((a, b) => ORDER[a.kind] - ORDER[b.kind]) : all) takeInOne(state, event);
  forgetClosed(state.permits, state.accounts, now);
  return true;
}

function takeInOne(state: State, event: Event): void {
  const { permits, accounts, lanes } = state;
  switch (event.kind) {
    case 'capacity': return changeCapacity(state, event);
    case 'tranche':
      state.lent.set(event.limit, event.amount);
      return lend(accounts, event.limit, event.amount);
    case 'recovered': return recover(permits, termsOf(state), event);
    case 'claimed': return markClaimed(permits, termsOf(state), event.permit);
    case 'sent': return markSent(permits, accounts, event);
    case 'released': case 'ungranted': return release(permits, accounts, event.permit);
    case 'settled': return settle(permits, accounts, event);
    case 'lane': return setLane(lanes, accounts, event.lane);
    case 'joined': return joinLane(lanes, event.lane, event.jobs);
    case 'cooldown':
      state.cooldownUntil = Math.max(state.cooldownUntil, event.until);
      return;
    default: return event satisfies never;
  }
}

function changeCapacity(state: State, { capacity, priorities }: Event & { kind: 'capacity' }): void {
  const open = [...state.permits.open.values()];
  for (const permit of open) takeBack(state.accounts, permit);
  state.capacity = capacity;
  state.priorities = priorities;
  state.accounts = reopen(state.accounts, capacity, state.lent);
  for (const permit of open) chargeAll(state.accounts, permit);
  rethread(state.lanes, state.accounts);
}

/** Only to be asked once a capacity is known. */
export function termsOf({ accounts, capacity }: State): Terms {
  if (capacity === undefined) throw new Error('no capacity is known yet');
  return { accounts, capacity };
}
