/**
 * What an owner borrows of limits that span connections. Of a short one it holds a part of the amount, from Redis, and gives back what it
 * does not use; of a long one it buys credit, from Postgres, as much as its jobs ask for, and gives back what was not spent. What a
 * limit allows is charged before it is used, so whoever dies takes at most the credit of a moment with him.
 */
import { isLong, type Limit, type Logger, scopedLimitId } from '@sluice/domain';
import type { Ownership, SchedulerRole, SharedAsk } from '@sluice/queue';
import { type Event, type LimitState, type ScopeUse, type State, useOfScopes } from '@sluice/scheduling';

/** Limits whose use is kept in Postgres. */
export interface Budgets {
  /** Charges as much of `wanted` as there is room for, negative: gives back; how much was charged. */
  charge(limit: string, of: Limit, wanted: number): Promise<number>;
}

export interface LendingOptions {
  readonly role: SchedulerRole;
  readonly owned: Ownership;
  readonly budgets: Budgets;
  readonly limitsOf: () => (scope: string) => readonly Limit[];
  readonly log: Logger;
}

export interface Lending {
  /** Tells the core of the scopes that it has not heard of. */
  meet(scopes: Iterable<string>): readonly Event[];
  /** After the configuration changed. */
  meetAgain(): readonly Event[];
  /** Borrows what is asked for and gives back what is not used; nothing while that is under way. */
  borrow(state: State, now: () => number): Promise<readonly Event[] | 'lost'>;
  /** While somebody waits for a shared limit it is to be borrowed of again then. */
  againAt(): number;
}

/** Longer than a charge of a shared limit without a window may go unheard of. */
const KEEP_OPEN_MS = 60_000;
/** Beyond the window: for a takeover. */
const KEEP_MORE_MS = 15_000;
const AGAIN_MS = 100;
/** Credit never ages: what was bought was charged for its window when it was bought. */
const FOREVER_MS = 1e14;

/** What is known of the limits that were met. */
interface Book {
  readonly limits: Map<string, Limit>;
  /** What the core was told last that is lent to it; absent: nothing was borrowed yet. It may not have taken that in. */
  readonly told: Map<string, number>;
  /** Credit that was taken back from the core, to be given back once it spends no more of it. */
  readonly spare: Map<string, number>;
}

export function openLending({ role, owned, budgets, limitsOf, log }: LendingOptions): Lending {
  const book: Book = { limits: new Map(), told: new Map(), spare: new Map() };
  const met = new Set<string>();
  /** Infinity: under way. */
  let againAt = 0;
  const borrow = async (uses: readonly ScopeUse[]): Promise<readonly Event[] | 'lost'> => {
    const asks = asksOf(book, uses);
    const parts = asks.length === 0 ? [] : await role.lendShared(owned, asks);
    if (parts === undefined) return 'lost';
    const long = await Promise.all(uses.map((use) => buy(book, use, budgets).catch((error: unknown) => {
      log.warn({ error, limit: use.limit }, 'a budget cannot be charged; who needs more of it waits');
      return [];
    })));
    const idle = idleOf(book, uses);
    for (const scope of idle) met.delete(scope);
    for (const { limit } of uses) if (idle.includes(scopeIn(limit))) forget(book, limit);
    return [...lentOf(book, asks, parts), ...long.flat(), ...idle.map((scope): Event => ({ kind: 'scope', scope, limits: [] }))];
  };
  return {
    meet(scopes) {
      const strangers = [...new Set(scopes)].filter((scope) => !met.has(scope));
      for (const scope of strangers) met.add(scope);
      return strangers.map((scope) => introduce(book, scope, limitsOf()(scope)));
    },
    meetAgain: () => [...met].map((scope) => introduce(book, scope, limitsOf()(scope))),
    againAt: () => againAt,
    async borrow(state, now) {
      if (againAt === Number.POSITIVE_INFINITY) return [];
      againAt = Number.POSITIVE_INFINITY;
      try {
        return await borrow(useOfScopes(state, now()));
      } finally {
        againAt = now() + AGAIN_MS;
      }
    },
  };
}

/** Tells the core what a scope allows. */
function introduce({ limits }: Book, scope: string, all: readonly Limit[]): Event {
  const counted = all.filter(({ dimension }) => dimension !== 'cost');
  for (const limit of counted) limits.set(scopedLimitId(scope, limit), limit);
  return { kind: 'scope', scope, limits: counted.map((limit) => stateOf(scope, limit)) };
}

function stateOf(scope: string, limit: Limit): LimitState {
  const { paceMs: _pace, burst: _burst, ...plain } = limit;
  return { id: scopedLimitId(scope, limit), kind: 'shared', limit: isLong(limit) ? { ...plain, windowMs: FOREVER_MS, window: 'sliding' } : limit };
}

const asksOf = ({ limits, told }: Book, uses: readonly ScopeUse[]): readonly SharedAsk[] => uses.flatMap(({ limit: id, taken, asked, lent }) => {
  const limit = limits.get(id);
  if (limit === undefined || isLong(limit)) return [];
  const wanted = Math.max(taken, Math.min(taken + asked, limit.amount));
  const most = Math.max(lent, told.get(id) ?? 0);
  return [{ limit: id, amount: limit.amount, taken, lent: most, wanted, keepMs: (limit.windowMs || KEEP_OPEN_MS) + KEEP_MORE_MS }];
});

const lentOf = (book: Book, asks: readonly SharedAsk[], parts: readonly number[]): readonly Event[] => asks.flatMap(({ limit, lent }, index): readonly Event[] => {
  const amount = parts[index] ?? lent;
  return amount === lent ? [] : tell(book, limit, amount);
});

function tell({ told }: Book, limit: string, amount: number): readonly Event[] {
  told.set(limit, amount);
  return [{ kind: 'tranche', limit, amount }];
}

/** Buys what is missing of a long limit. What is left over is first taken from the core, and given back when it has heard of that. */
async function buy(book: Book, use: ScopeUse, budgets: Budgets): Promise<readonly Event[]> {
  const { limit: id, taken, asked, lent } = use;
  const limit = book.limits.get(id);
  if (limit === undefined || !isLong(limit)) return [];
  // What an owner before had open was paid for by him.
  const credit = book.told.get(id) ?? taken;
  const missing = Math.ceil(taken + asked - credit);
  if (missing < 0) {
    book.spare.set(id, (book.spare.get(id) ?? 0) - missing);
    return tell(book, id, credit + missing);
  }
  const spare = book.spare.get(id) ?? 0;
  const reused = Math.min(spare, missing);
  book.spare.set(id, spare - reused);
  if (missing === reused && spare > reused && lent === credit) {
    await budgets.charge(id, limit, reused - spare);
    book.spare.delete(id);
  }
  const bought = missing > reused ? await budgets.charge(id, limit, missing - reused) : 0;
  return credit + reused + bought === lent ? [] : tell(book, id, credit + reused + bought);
}

function forget({ limits, told, spare }: Book, limit: string): void {
  for (const known of [limits, told, spare]) known.delete(limit);
}

/** Scopes that nothing counts against and nobody waits for: they cost nothing, and are met again with their next jobs. */
function idleOf({ limits, spare }: Book, uses: readonly ScopeUse[]): readonly string[] {
  const isBusy = ({ limit: id, taken, asked, lent, isOpen }: ScopeUse): boolean => {
    const limit = limits.get(id);
    // What is charged to a long one stands in Postgres.
    return asked > 0 || isOpen || (limit !== undefined && isLong(limit) ? lent > taken || (spare.get(id) ?? 0) > 0 : taken > 0 || lent > 0);
  };
  const busy = new Set(uses.filter(isBusy).map(({ limit }) => scopeIn(limit)));
  return [...new Set(uses.map(({ limit }) => scopeIn(limit)))].filter((scope) => !busy.has(scope));
}

const scopeIn = (limit: string): string => limit.slice(0, limit.indexOf('|'));
