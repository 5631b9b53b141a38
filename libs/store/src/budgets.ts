/** What is charged against long limits: the truth of them, which a loss of Redis does not touch. */
import { budgetLeft, type BudgetSlice, type Limit, sliceAt } from '@sluice/domain';
import { type Kysely, sql, type Transaction } from 'kysely';

export interface BudgetVerbs {
  /** Charges as much of `wanted` as there is room for now, or gives back where it is negative. Resolves, once it is committed, with how much was. */
  charge(charge: BudgetCharge): Promise<number>;
  /** What counts against each of these limits; of one that nothing is charged to, nothing. */
  slices(limits: readonly string[], now: number): Promise<ReadonlyMap<string, readonly BudgetSlice[]>>;
}

export interface BudgetCharge {
  readonly limit: string;
  readonly of: Limit;
  readonly wanted: number;
  readonly now: number;
}

export const budgetVerbs = (db: Kysely<unknown>): BudgetVerbs => ({
  charge: (charge) => db.transaction().execute((transaction) => chargeIn(transaction, charge)),
  slices: (limits, now) => slicesOf(db, limits, now),
});

/** One after the other for each limit: what is read is what is charged upon. */
async function chargeIn(transaction: Transaction<unknown>, { limit, of, wanted, now }: BudgetCharge): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${limit}, 0))`.execute(transaction);
  await sql`delete from budget_slice where limit_id = ${limit} and ends_at_ms <= ${Math.floor(now)}`.execute(transaction);
  const slices = (await slicesOf(transaction, [limit], now)).get(limit) ?? [];
  if (wanted < 0) return giveBack(transaction, { limit, of, amount: -wanted, now });
  const { remaining } = budgetLeft(of, slices, { asked: wanted, now });
  // A call larger than the limit goes when nothing else is charged, or it would wait for ever.
  const charged = slices.length === 0 ? wanted : Math.min(wanted, remaining);
  if (charged <= 0) return 0;
  const { startsAt, endsAt } = sliceAt(of, now);
  await sql`
    insert into budget_slice (limit_id, starts_at_ms, ends_at_ms, charged) values (${limit}, ${startsAt}, ${endsAt}, ${charged})
    on conflict (limit_id, starts_at_ms) do update set charged = budget_slice.charged + excluded.charged, ends_at_ms = excluded.ends_at_ms
  `.execute(transaction);
  return charged;
}

/** What is given back was bought at most this long ago: longer no call lasts. */
const BOUGHT_WITHIN_MS = 20 * 60_000;

/**
 * From the oldest slice on, wherever it was bought: what counts now is then right, and later it is never too little. An aligned window may not
 * be the one it was bought in as long as it is young; then nothing is taken off it.
 */
async function giveBack(transaction: Transaction<unknown>, { limit, of, amount, now }: { limit: string; of: Limit; amount: number; now: number }): Promise<number> {
  if (of.window === 'fixed' && now - sliceAt(of, now).startsAt < BOUGHT_WITHIN_MS) return -amount;
  const { rows } = await sql<{ starts_at_ms: string; charged: number }>`
    select starts_at_ms, charged from budget_slice where limit_id = ${limit} order by starts_at_ms`.execute(transaction);
  let left = amount;
  for (const { starts_at_ms: startsAt, charged } of rows) {
    const part = Math.min(left, charged);
    if (part <= 0) break;
    await sql`update budget_slice set charged = charged - ${part} where limit_id = ${limit} and starts_at_ms = ${startsAt}`.execute(transaction);
    left -= part;
  }
  return -amount;
}

async function slicesOf(db: Kysely<unknown>, limits: readonly string[], now: number): Promise<ReadonlyMap<string, readonly BudgetSlice[]>> {
  if (limits.length === 0) return new Map();
  const { rows } = await sql<{ limit_id: string; ends_at_ms: string; charged: number }>`
    select limit_id, ends_at_ms, charged from budget_slice
    where limit_id = any(${[...limits]}::text[]) and ends_at_ms > ${Math.floor(now)} order by starts_at_ms`.execute(db);
  const found = new Map<string, BudgetSlice[]>();
  for (const { limit_id: limit, ends_at_ms: endsAt, charged } of rows) {
    found.set(limit, [...found.get(limit) ?? [], { endsAt: Number(endsAt), charged }]);
  }
  return found;
}
