/**
 * Takes in what happened, before anything is decided.
 *
 * Events of one step are taken in by kind, not in the order given: capacity, then what is lent of it, then permits from the
 * oldest news to the newest, then lanes (which need to know the permits), then cooldowns. Events that do not concern the same
 * thing may therefore come in any order; of two about the same capacity, limit or lane the later one holds.
 */
import { groupOf, lend, reopen } from './accounts.ts';
import { joinLane, rethread, serve, setLane } from './lanes.ts';
import {
  chargePermit, type Counted, forgetClosed, markClaimed, markSent, type Permit, recover, release, settle, takeBackPermit, type Terms,
} from './permits.ts';
import { type Pool, poolOf, reopenPools } from './pools.ts';
import type { State } from './state.ts';
import { openStrategy } from './strategy.ts';
import { dominantShare, join } from './tenants.ts';
import type { Event, Whose } from './types.ts';

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
    case 'released': case 'ungranted': return correct(state, release(permits, accounts, event.permit), 0);
    case 'settled': return settleOne(state, event);
    case 'lane': return setLane(lanes, poolIn(state, event.lane), event.lane);
    case 'joined': return joinLane(lanes, event.lane, event.jobs);
    case 'cooldown':
      state.cooldownUntil = Math.max(state.cooldownUntil, event.until);
      return;
    default: return event satisfies never;
  }
}

function changeCapacity(state: State, { capacity, priorities }: Event & { kind: 'capacity' }): void {
  const open = [...state.permits.open.values()];
  for (const permit of open) takeBackPermit(state.accounts, permit);
  if (capacity.strategy !== state.capacity?.strategy) state.strategy = openStrategy(capacity.strategy ?? 'weighted');
  state.capacity = capacity;
  state.priorities = priorities;
  state.pools.oneLine = state.strategy.oneLine;
  state.accounts = reopen(state.accounts, capacity, state.lent);
  reopenPools(state.pools, priorities, { accounts: state.accounts, capacity, lent: state.lent });
  for (const permit of open) chargePermit(state.accounts, permit);
  rethread(state.lanes, (told) => poolIn(state, told));
}

/** Only to be asked once a capacity is known. */
export function termsOf(state: State): Terms {
  const { accounts, capacity } = state;
  if (capacity === undefined) throw new Error('no capacity is known yet');
  return { accounts, capacity, countedOf: (whose) => whose && countedIn(state, whose) };
}

function poolIn(state: State, whose: Whose): Pool {
  const { accounts, capacity } = termsOf(state);
  return poolOf(state.pools, whose, { accounts, capacity, lent: state.lent });
}

function countedIn(state: State, whose: Whose): Counted {
  const pool = poolIn(state, whose);
  const tenant = join(pool.tenants, whose.tenant, undefined);
  tenant.lanes -= 1;
  return { pool, tenant, weight: whose.weight, share: 0 };
}

function settleOne(state: State, event: Event & { kind: 'settled' }): void {
  const permit = settle(state.permits, termsOf(state), event);
  if (permit?.whose === undefined) return;
  const { reservation, inputTokens, outputTokens } = permit;
  const actual = {
    ...reservation, inputTokens: inputTokens ?? reservation.inputTokens, outputTokens: outputTokens ?? reservation.outputTokens,
    extraOutputTokens: outputTokens === null ? reservation.extraOutputTokens : 0,
  };
  correct(state, permit, dominantShare(groupOf(state.accounts, reservation.model), actual) / permit.whose.weight);
}

/** A call took more or less of its tenant's turn than was reserved. */
function correct({ lanes }: State, permit: Permit | undefined, share: number): void {
  const whose = permit?.whose;
  if (whose !== undefined && whose.share > 0 && share !== whose.share) serve(lanes, whose.tenant, share - whose.share);
}
