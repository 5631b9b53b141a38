/**
 * Grants all that may be granted now, the most urgent first.
 *
 * Each line (one priority, one group of limits) offers its next job. The first of all offers is looked at: it goes, or it is
 * restrained by the strategy and its line waits, or it lacks room and is booked, and those behind it pass only within what its
 * booking leaves. Behind a booked job a line offers its next few jobs as well.
 */
import { type Account, freesAt } from './account.ts';
import { groupOf } from './accounts.ts';
import { type Bookings, changesAt, fitsAt, keepFor, mayPass, pass, type Shortage, shortagesOf } from './bookings.ts';
import type { Constraint } from './explain.ts';
import { isGate } from './gates.ts';
import { leave, serve, type Waiting } from './lanes.ts';
import { book, type Line, reposition, type Strand, turnOf } from './lines.ts';
import { goesBefore, type Standing } from './order.ts';
import { grant } from './permits.ts';
import { reserve } from './reserve.ts';
import { rest, shortagesInScopes, wakeResting } from './scopes.ts';
import { type State, taughtOf } from './state.ts';
import type { Ask } from './strategy.ts';
import { termsOf } from './take-in.ts';
import { dominantShare } from './tenants.ts';
import type { Decision } from './types.ts';

export interface Allotment {
  readonly decisions: readonly Decision[];
  /** When time alone lets the next one go; Infinity when only an event can. */
  readonly nextAt: number;
}

/** Jobs of a line that are looked at in one round behind one that lacks room. */
const LOOK_PAST = 8;

export function allot(state: State, now: number): Allotment {
  const { capacity } = termsOf(state);
  if (capacity.paused) return { decisions: [], nextAt: Number.POSITIVE_INFINITY };
  if (now < state.cooldownUntil) {
    return { decisions: [], nextAt: isAnyoneReady(state) ? state.cooldownUntil : Number.POSITIVE_INFINITY };
  }
  wakeResting(state.resting, now);
  const round = openRound(state, now);
  let stop = barrier(state, now);
  for (let offer = bestOffer(round); offer !== undefined; offer = bestOffer(round)) {
    if (stop !== undefined && goesBefore(stop, offer.standing)) break;
    consider(round, offer);
    if (offer.job.lane.known === 0) stop = barrier(state, now);
  }
  for (const strand of round.aside) reposition(strand);
  for (const line of linesOf(state)) if (!round.past.has(line)) line.lackingSince = undefined;
  return { decisions: round.decisions, nextAt: Math.min(round.nextAt, state.resting.nextAt) };
}

function* linesOf({ lanes }: State): Generator<Line> {
  for (const ofPool of lanes.lines.values()) yield* ofPool.values();
}

const isAnyoneReady = (state: State): boolean => {
  for (const { heap, booked } of linesOf(state)) if (heap.size > 0 || booked !== undefined) return true;
  return false;
};

/** What one call of `allot` has found so far. */
interface Round {
  readonly state: State;
  readonly now: number;
  readonly decisions: Decision[];
  readonly bookings: Bookings;
  /** Lines that offer nothing more in this round. */
  readonly shut: Set<Line>;
  /** Lines whose booked job was looked at, and how many behind it. */
  readonly past: Map<Line, number>;
  /** Strands looked past: they stand in no heap until the end of the round. */
  readonly aside: Strand[];
  /** Limits in which a job of this rank is held back for more urgent ones: nobody less urgent takes what it may not. */
  readonly held: Map<Account, number>;
  /** The last that was booked. */
  booked: Offer | undefined;
  nextAt: number;
}

const openRound = (state: State, now: number): Round => ({
  state, now, decisions: [], bookings: new Map(), shut: new Set(), past: new Map(), aside: [], held: new Map(), booked: undefined,
  nextAt: Number.POSITIVE_INFINITY,
});

interface Offer {
  readonly line: Line;
  readonly strand: Strand;
  readonly job: Waiting;
  readonly standing: Standing;
}

function bestOffer(round: Round): Offer | undefined {
  let found: Offer | undefined;
  for (const line of linesOf(round.state)) {
    const strand = round.shut.has(line) ? undefined : nextOf(round, line);
    if (strand?.first === undefined) continue;
    const standing = standingOf(round.state, line, { strand, job: strand.first, now: round.now });
    if (found === undefined || goesBefore(standing, found.standing)) found = { line, strand, job: strand.first, standing };
  }
  return found;
}

const nextOf = ({ past }: Round, line: Line): Strand | undefined =>
  (past.has(line) ? undefined : line.booked) ?? line.heap.peek();

function standingOf({ strategy }: State, { pool, group }: Line, { strand, job, now }: { strand: Pick<Strand, 'tenant'>; job: Waiting; now: number }): Standing {
  const { head } = job;
  return {
    urgency: strategy.urgencyOf({ pool, group, head, now }), rank: pool.rank, agesAt: head.createdAt + pool.agesAfterMs, turn: turnOf(strand, job),
  };
}

/** Nobody who would go after this may go: it is where the last known job of a lane stood, of which more are waiting. */
function barrier(state: State, now: number): Standing | undefined {
  let first: Standing | undefined;
  for (const { told, pool, tenant } of state.lanes.dry) {
    const head = told.heads.at(-1);
    if (head === undefined) continue;
    const turn = { service: tenant.service, createdAt: head.createdAt, id: head.id };
    const group = groupOf(state.accounts, head.model);
    const standing = { urgency: state.strategy.urgencyOf({ pool, group, head, now }), rank: pool.rank, agesAt: head.createdAt + pool.agesAfterMs, turn };
    if (first === undefined || goesBefore(standing, first)) first = standing;
  }
  return first;
}

function consider(round: Round, offer: Offer): void {
  const { state, now } = round;
  const { line: { pool, group }, job: { head }, standing: { urgency } } = offer;
  const ask: Ask = { pool, group, head, urgency, now, reservation: reserve(head, state.accounts.counting, taughtOf(state, head.model)) };
  const elsewhere = shortagesInScopes(state, ask.reservation, now);
  if (elsewhere.length > 0) {
    offer.strand.held = lackOf(elsewhere);
    return rest(state.resting, offer.strand, elsewhere);
  }
  if (isHeldBack(round, offer, ask)) {
    round.shut.add(offer.line);
    return;
  }
  const shortages = shortagesOf(group, ask.reservation, now);
  const passes = mayPass(round.bookings, group, ask.reservation);
  if (shortages.length === 0 && passes) return grantTo(round, offer, ask);
  if (shortages.length > 0) round.nextAt = Math.min(round.nextAt, changesAt(shortages));
  offer.strand.held = shortages.length > 0 ? lackOf(shortages) : behindBooked(round);
  if (shortages.length > 0 && passes && isFirst(round, offer.strand)) {
    round.booked = offer;
    const at = fitsAt(shortages);
    book(offer.strand, at);
    const keptAnewAt = keepFor(round.bookings, { group, reservation: ask.reservation, shortages }, { at, now });
    round.nextAt = Math.min(round.nextAt, keptAnewAt);
  }
  lookPast(round, offer);
}

/** By the strategy; or because a more urgent job, or one before it, is held back in one of its limits. */
function isHeldBack(round: Round, { line: { pool, group }, strand }: Offer, ask: Ask): boolean {
  const { state, held } = round;
  if (ask.urgency === 'ranked' && group.accounts.some((account) => (held.get(account) ?? Number.POSITIVE_INFINITY) <= pool.rank)) {
    strand.held = { kind: 'behind', priority: pool.priority };
    return true;
  }
  const restraint = state.strategy.restraintOf(ask, { pools: state.pools.byId, headroom: state.capacity?.headroom ?? 'adaptive' });
  if (restraint === undefined) return false;
  strand.held = { kind: restraint.kind, priority: pool.priority, limit: restraint.account.limitId, until: restraint.until };
  round.nextAt = Math.min(round.nextAt, restraint.until);
  if (restraint.kind === 'headroom' || restraint.kind === 'pace') {
    held.set(restraint.account, Math.min(pool.rank, held.get(restraint.account) ?? Number.POSITIVE_INFINITY));
  }
  return true;
}

/** Of what it lacks, what comes last. */
function lackOf(shortages: readonly Shortage[]): Constraint {
  const [last] = shortages.map(({ account, short }) => ({ account, short, until: freesAt(account, short) })).sort((a, b) => b.until - a.until);
  if (last === undefined) return { kind: 'nothing' };
  const { account: { limitId: limit, kind }, short, until } = last;
  if (isGate(limit)) return { kind: 'breaker', limit, until };
  return kind === 'slots' || kind === 'unsent' ? { kind: 'slots', limit } : { kind: 'limit', limit, short, until };
}

const behindBooked = ({ booked }: Round): Constraint | undefined =>
  booked && { kind: 'booking', lane: booked.job.lane.told.lane, head: booked.job.head.id, at: booked.line.booking?.at ?? Number.POSITIVE_INFINITY };

/** The first of its line is booked, unless another is. */
const isFirst = ({ past }: Round, strand: Strand): boolean => {
  const { line } = strand;
  return line.booked === strand || (line.booked === undefined && !past.has(line));
};

function lookPast({ past, shut, aside, now }: Round, { line, strand }: Offer): void {
  line.lackingSince ??= now;
  const looked = past.get(line) ?? 0;
  past.set(line, looked + 1);
  if (looked >= LOOK_PAST) shut.add(line);
  if (line.booked === strand) return;
  line.heap.remove(strand);
  aside.push(strand);
}

function grantTo({ state, now, bookings, decisions }: Round, { line: { pool, group, lackingSince }, strand: { tenant }, job }: Offer, ask: Ask): void {
  const { accounts, capacity } = termsOf(state);
  const { told: { lane, weight } } = job.lane;
  const { reservation } = ask;
  const sendBy = now + capacity.sendWithinMs;
  const share = state.strategy.fair ? dominantShare(group, reservation) / weight : 0;
  const { permit } = grant(state.permits, accounts, { lane, head: job.head.id, reservation, sendBy, whose: { pool, tenant, weight, share } });
  pass(bookings, group, reservation);
  leave(state.lanes, job);
  if (share > 0) {
    pool.tenants.servedAt = tenant.service;
    serve(state.lanes, tenant, share);
  }
  const { createdAt, notBefore } = job.head;
  state.strategy.granted(ask, lackingSince === undefined ? 0 : now - Math.max(createdAt, notBefore, lackingSince));
  decisions.push({ kind: 'grant', permit, lane, head: job.head.id, sendBy, reservation });
}
