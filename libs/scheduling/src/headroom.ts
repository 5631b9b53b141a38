/**
 * Headroom and pacing: what a priority leaves free for more urgent ones, and how fast it takes the rest.
 *
 * Work-conserving alone is a trap under a window: what fills it in a rush comes free in a rush a window later, and urgent work that
 * arrives in between waits for that long. So of each shared limit a less urgent priority leaves
 *
 *   keep = max(floor, max over h of  m·h + z·√(v·h) − freed(h)),   at most the share reserved for those above
 *
 * where m and v are mean and variance rate of what those above ask for (need.ts) and freed(h) is what the window frees by itself
 * within h. The floor is what is left where forecasts fail; it is learned from waits. And while those above are in use, it goes
 * out at no more than PACE of the limit's own rate, so that what it takes comes back as evenly. The less of the limit is usual
 * above, the faster; with nothing above a burst goes out at once. In the first seconds of an owner, who knows of no one yet,
 * those above count as in use.
 *
 * `strict` keeps the whole of what is reserved above and not used; `off` keeps nothing.
 */
import { type Account, takenAt, takenOf } from './account.ts';
import { demandOf } from './charge.ts';
import { ask as askFor, type Expected, expectedOf, learnFloor, type Need, openNeed } from './need.ts';
import { type Pool, usedOf } from './pools.ts';
import type { Ask, Restraint, Scene } from './strategy.ts';

const HORIZONS_MS = [500, 1_000, 2_000, 5_000, 10_000, 20_000] as const;
/** Standard deviations. */
const Z = 2;
/** Of the limit's rate. More than what is left beside those above, so that what was missed is caught up with. */
export const PACE = 1.25;
/** Of the limit: where less than this is usual above, the pace rises in proportion. */
const IN_USE = 0.01;
const UNKNOWN_MS = 5_000;
/** A held job is looked at again after this. */
const AGAIN_MS = 20;
/** Of its own use in a window, as a share of the limit: a priority that fills it by itself waits for nobody's sake. */
const BY_ITSELF = 0.9;

/** By priority and limit. */
type Table<T> = Map<Pool, Map<Account, T>>;

export interface Headroom {
  readonly needs: Table<Need>;
  /** When the priority may next take of the limit. */
  readonly pacedUntil: Table<number>;
  since: number | undefined;
}

export const openHeadroom = (): Headroom => ({ needs: new Map(), pacedUntil: new Map(), since: undefined });

function rowOf<T>(table: Table<T>, pool: Pool): Map<Account, T> {
  const row = table.get(pool) ?? new Map<Account, T>();
  table.set(pool, row);
  return row;
}

/** Takes note of a grant. `waitedMs`: since the call first lacked room. */
export function note(headroom: Headroom, ask: Ask, waitedMs: number): void {
  const { pool, group, reservation, now } = ask;
  headroom.since ??= now;
  for (const account of group.accounts) {
    const demand = demandOf(account, reservation);
    if (!pool.parts.has(account) || demand === 0) continue;
    const needs = rowOf(headroom.needs, pool);
    const need = needs.get(account) ?? openNeed(now);
    needs.set(account, need);
    askFor(need, demand, now);
    const isByItself = usedOf(pool, account, now) >= BY_ITSELF * account.amount;
    learnFloor(need, isByItself ? 0 : waitedMs, account.limit.windowMs);
    const pace = paceOf(headroom, ask, account);
    if (pace === Number.POSITIVE_INFINITY) continue; // 0 is usual above
    const paced = rowOf(headroom.pacedUntil, pool);
    const spacingMs = (demand * account.limit.windowMs) / (account.amount * pace);
    paced.set(account, Math.max(now, paced.get(account) ?? now) + spacingMs);
  }
}

/** What keeps a job waiting for the sake of more urgent ones. Those owed or aged wait for nobody. */
export function headroomOf(headroom: Headroom, ask: Ask, scene: Scene): Restraint | undefined {
  const { pool, group, reservation, urgency, now } = ask;
  if (urgency !== 'ranked' || scene.headroom === 'off') return undefined;
  for (const account of group.accounts) {
    const demand = demandOf(account, reservation);
    if (!pool.parts.has(account) || demand === 0) continue;
    const pacedUntil = scene.headroom === 'adaptive' ? headroom.pacedUntil.get(pool)?.get(account) : undefined;
    if (pacedUntil !== undefined && pacedUntil > now) return { kind: 'pace', account, until: pacedUntil };
    const kept = scene.headroom === 'strict' ? unusedAbove(scene, ask, account) : keptOf(headroom, ask, account);
    const taken = takenOf(account, now);
    // One larger than all that is left beside goes when nothing else is charged, or it would wait for ever.
    if (kept > 0 && taken > 0 && taken + demand > account.amount - kept) {
      return { kind: 'headroom', account, until: now + AGAIN_MS };
    }
  }
  return undefined;
}

/** What is to stay free of a limit for those above, as it is expected. */
function keptOf(headroom: Headroom, ask: Ask, account: Account): number {
  const { now } = ask;
  const { mean, variance, floor, reserved } = aboveOf(headroom, ask, account);
  if (mean === 0) return 0;
  const taken = takenOf(account, now);
  let kept = floor;
  for (const horizonMs of HORIZONS_MS) {
    const freed = taken - takenAt(account, now + horizonMs);
    kept = Math.max(kept, mean * horizonMs + Z * Math.sqrt(variance * horizonMs) - freed);
  }
  return Math.min(kept, Math.max(floor, reserved));
}

/** What those above may still take of their reserved shares. */
function unusedAbove({ pools }: Scene, { pool: { rank }, now }: Ask, account: Account): number {
  let unused = 0;
  for (const above of pools.values()) {
    if (above.rank < rank) unused += Math.max(0, (above.reserved / 100) * account.amount - usedOf(above, account, now));
  }
  return unused;
}

interface Above extends Expected {
  /** Amounts. */
  readonly floor: number;
  readonly reserved: number;
}

/** All more urgent priorities with a reserved share, as one stream: streams that know nothing of each other add up in mean and variance. */
function aboveOf({ needs }: Headroom, { pool: { rank }, now }: Ask, account: Account): Above {
  let [mean, variance, usual, floor, reserved] = [0, 0, 0, 0, 0];
  for (const [above, row] of needs) {
    const need = row.get(account);
    if (need === undefined || above.rank >= rank || above.reserved <= 0) continue;
    const expected = expectedOf(need, now);
    mean += expected.mean;
    variance += expected.variance;
    usual += expected.usual;
    floor += need.floor * account.amount;
    reserved += (above.reserved / 100) * account.amount;
  }
  return { mean, variance, usual, floor, reserved };
}

/** Of the limit's rate; Infinity: not paced. */
function paceOf(headroom: Headroom, ask: Ask, account: Account): number {
  if (ask.pool.rank === 0) return Number.POSITIVE_INFINITY;
  if (ask.now - (headroom.since ?? ask.now) < UNKNOWN_MS) return PACE;
  const usual = (aboveOf(headroom, ask, account).usual * account.limit.windowMs) / account.amount;
  return PACE * Math.max(1, IN_USE / usual);
}
