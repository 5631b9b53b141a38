/**
 * Takes in what happened, before anything is decided.
 *
 * Events of one step are taken in by kind, not in the order given: capacity, then what is lent of it, then permits from the
 * oldest news to the newest, then lanes (which need to know the permits), then cooldowns. Events that do not concern the same
 * thing may therefore come in any order; of two about the same capacity, limit or lane the later one holds.
 */
import { groupOf, lend, reopen, scopeOf } from './accounts.ts';
import { addGate, coolDown, gateLimits, hearAnswer, needsGate, permitOver, setCircuit, tellGates } from './gates.ts';
import { joinLane, rethread, serve, setLane } from './lanes.ts';
import {
  chargePermit, type Counted, forgetClosed, markClaimed, markSent, type Permit, recover, release, settle, takeBackPermit, type Terms, withdrawSoon,
} from './permits.ts';
import { type Pool, poolOf, reopenPools } from './pools.ts';
import { chargeRecalled, recall } from './remember.ts';
import { setScope, wakeScope } from './scopes.ts';
import type { State } from './state.ts';
import { openStrategy } from './strategy.ts';
import { noteSettled } from './tempo.ts';
import { dominantShare, join } from './tenants.ts';
import type { Capacity, Event, Whose } from './types.ts';
import { hear, keepWords, toLearn } from './word.ts';

const ORDER: Readonly<Record<Event['kind'], number>> = {
  capacity: 0, scope: 0, remembered: 1, tranche: 2, recovered: 3, claimed: 4, sent: 5, heard: 6, released: 7, ungranted: 7, settled: 8,
  taught: 9, cooldown: 10, circuit: 11, lane: 12, joined: 13,
};

/** False as long as no capacity is known: events are then kept, because charges without accounts would be lost. */
export function takeIn(state: State, events: readonly Event[], now: number): boolean {
  const all = [...state.early, ...events];
  if (state.capacity === undefined && !all.some(({ kind }) => kind === 'capacity')) {
    state.early = all;
    return false;
  }
  state.early = [];
  for (const event of all.length > 1 ? all.toSorted((a, b) => ORDER[a.kind] - ORDER[b.kind]) : all) takeInOne(state, event, now);
  forgetClosed(state.permits, state.accounts, now);
  return true;
}

function takeInOne(state: State, event: Event, now: number): void {
  const { permits, lanes } = state;
  const model = needsGate(state, event);
  if (model !== undefined) {
    addGate(state, model);
    reopenAccounts(state, now);
  }
  switch (event.kind) {
    case 'capacity':
      if (event.capacity.strategy !== state.capacity?.strategy) state.strategy = openStrategy(event.capacity.strategy ?? 'weighted');
      state.priorities = event.priorities;
      state.capacity = event.capacity;
      tellGates(state);
      return reopenAccounts(state, now);
    case 'tranche':
      state.lent.set(event.limit, event.amount);
      wakeScope(state.resting, scopeOf(event.limit) ?? '');
      return lend(state.accounts, event.limit, event.amount);
    case 'scope':
      setScope(state, event);
      return wakeScope(state.resting, event.scope);
    case 'remembered':
      recall(state, event.memory, now);
      reopenAccounts(state, now);
      return chargeRecalled(state, event.memory, now);
    case 'recovered': return recover(permits, termsOf(state), event);
    case 'claimed': return markClaimed(permits, termsOf(state), event.permit);
    case 'sent': return markSent(permits, state.accounts, event);
    case 'heard': return takeInHeard(state, event, now);
    case 'released': case 'ungranted':
      permitOver(state, event.permit);
      return releaseOne(state, event.permit);
    case 'settled':
      permitOver(state, event.permit);
      return settleOne(state, event);
    case 'taught':
      state.taught.set(event.model, event.learned);
      return;
    case 'lane': return setLane(lanes, poolIn(state, event.lane), event.lane);
    case 'joined': return joinLane(lanes, event.lane, event.jobs);
    case 'cooldown':
      if (event.until <= now) return;
      if (event.model === undefined) state.cooldownUntil = Math.max(state.cooldownUntil, event.until);
      if (coolDown(state, event)) withdrawSoon(permits, event.model, now);
      return;
    case 'circuit': return setCircuit(state, event);
    default: return event satisfies never;
  }
}

function takeInHeard(state: State, event: Event & { kind: 'heard' }, now: number): void {
  hearAnswer(state, event, now);
  const learned = toLearn(state, event);
  for (const limit of learned) state.learned.set(limit.id, limit);
  if (learned.length > 0) reopenAccounts(state, now);
  hear(state, { ...event, refused: event.answer === 'refused' }, now);
}

/** Accounts for all limits: the configured, the learned, and the gates. */
function reopenAccounts(state: State, now: number): void {
  const capacity = withLearned(state);
  const open = [...state.permits.open.values()];
  for (const permit of open) takeBackPermit(state.accounts, permit);
  state.pools.oneLine = state.strategy.oneLine;
  state.accounts = reopen(state.accounts, { ...capacity, limits: [...capacity.limits, ...gateLimits(state)] }, state.lent);
  reopenPools(state.pools, state.priorities, { accounts: state.accounts, capacity, lent: state.lent });
  for (const permit of open) chargePermit(state.accounts, permit);
  keepWords(state, now);
  rethread(state.lanes, (told) => poolIn(state, told));
}

/** The capacity with the limits that were learned. */
function withLearned(state: State): Capacity {
  const { capacity } = termsOf(state);
  return state.learned.size === 0 ? capacity : { ...capacity, limits: [...capacity.limits, ...state.learned.values()] };
}

/** Only to be asked once a capacity is known. */
export function termsOf(state: State): Terms {
  const { accounts, capacity } = state;
  if (capacity === undefined) throw new Error('no capacity is known yet');
  return { accounts, capacity, countedOf: (whose) => whose && countedIn(state, whose) };
}

function poolIn(state: State, whose: Whose): Pool {
  return poolOf(state.pools, whose, { accounts: state.accounts, capacity: withLearned(state), lent: state.lent });
}

function countedIn(state: State, whose: Whose): Counted {
  const pool = poolIn(state, whose);
  const tenant = join(pool.tenants, whose.tenant, undefined);
  tenant.lanes -= 1;
  return { pool, tenant, weight: whose.weight, share: 0 };
}

function releaseOne(state: State, number: number): void {
  const permit = release(state.permits, state.accounts, number);
  for (const scope of permit?.reservation.scopes ?? []) wakeScope(state.resting, scope);
  correct(state, permit, 0);
}

function settleOne(state: State, event: Event & { kind: 'settled' }): void {
  const permit = settle(state.permits, termsOf(state), event);
  if (permit === undefined) return;
  noteSettled(state.tempo, permit, termsOf(state).capacity);
  for (const scope of permit.reservation.scopes ?? []) wakeScope(state.resting, scope);
  if (permit.whose === undefined) return;
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
