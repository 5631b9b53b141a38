/**
 * The door's view of long limits: refuses what cannot start before its time because a budget is used up, and tells callers what is left.
 *
 * What is charged is read from Postgres when a limit is first met, and then each second for as long as it is used. It is a view and not the
 * ledger: what passes here is charged by the scheduler before it goes. Where Postgres is away the last view holds.
 */
import { budgetLeft, type BudgetLeft, type BudgetSlice, type Job, type Limit, type Logger, type Part, SluiceError } from '@sluice/domain';
import type { BudgetVerbs } from '@sluice/store';
import type { NamedLimit } from './scopes.ts';

const LOOK_EVERY_MS = 1_000;
/** Where less than this part of a limit is left a view older than this is looked at again before it is used. */
const NEAR = 0.05;
const FRESH_MS = 50;
/** A limit that nobody asked about for this long is not looked at any more. */
const UNUSED_MS = 60_000;

export interface Budgets extends Part {
  /** What is left of each; throws `rate_limit_exceeded` when one of them will not free before the job must have started. */
  admit(job: Job, limits: readonly NamedLimit[]): Promise<readonly (BudgetLeft & NamedLimit)[]>;
}

interface Seen {
  slices: readonly BudgetSlice[];
  seenAt: number;
  usedAt: number;
}

export function watchBudgets(store: BudgetVerbs, now: () => number, log: Logger): Budgets {
  const seen = new Map<string, Seen>();
  const look = async (ids: readonly string[]): Promise<void> => {
    if (ids.length === 0) return;
    const found = await store.slices(ids, now());
    for (const id of ids) seen.set(id, { slices: found.get(id) ?? [], seenAt: now(), usedAt: seen.get(id)?.usedAt ?? now() });
  };
  const failed = (error: unknown): void => log.warn({ error }, 'budgets cannot be read; what was seen of them last holds, and what was not is let through to its lane');
  const timer = setInterval(() => {
    for (const [id, { usedAt }] of seen) if (now() - usedAt > UNUSED_MS) seen.delete(id);
    look([...seen.keys()]).catch(failed);
  }, LOOK_EVERY_MS);
  const leftOf = (job: Job, { id, limit }: NamedLimit): BudgetLeft =>
    budgetLeft(limit, seen.get(id)?.slices ?? [], { asked: askedOf(job, limit), now: now() });
  /** Not met yet, or so near its end that a moment matters. */
  const isDoubtful = (job: Job, named: NamedLimit): boolean => {
    const known = seen.get(named.id);
    if (known === undefined) return true;
    return now() - known.seenAt > FRESH_MS && leftOf(job, named).remaining - askedOf(job, named.limit) < NEAR * named.limit.amount;
  };
  return {
    async admit(job, limits) {
      await look(limits.filter((named) => isDoubtful(job, named)).map(({ id }) => id)).catch(failed);
      return limits.map((named) => {
        const known = seen.get(named.id);
        if (known !== undefined) known.usedAt = now();
        const left = leftOf(job, named);
        if (left.freesAt !== null && left.freesAt > Math.min(job.startBy, job.deadline)) throw exceeded(named, left.freesAt, now());
        return { ...named, ...left };
      });
    },
    async stop() { clearInterval(timer); },
  };
}

function askedOf({ estimate }: Job, { dimension }: Limit): number {
  switch (dimension) {
    case 'requests': case 'concurrency': return 1;
    case 'input_tokens': return estimate.inputTokens;
    case 'output_tokens': return estimate.outputTokens;
    case 'total_tokens': return estimate.inputTokens + estimate.outputTokens;
    case 'cost': return 0;
    default: return dimension satisfies never;
  }
}

function exceeded({ id, limit: { amount, dimension, windowMs } }: NamedLimit, freesAt: number, now: number): SluiceError {
  const [whose = ''] = id.split(':', 1);
  const within = `${Math.round(windowMs / 360_000) / 10} h`;
  return new SluiceError('rate_limit_exceeded',
    `the limit of this ${NAMES[whose] ?? whose}, ${amount} ${dimension} in ${within}, is used up until ${new Date(freesAt).toISOString()}`, { retryAfterMs: freesAt - now });
}

const NAMES: Readonly<Record<string, string>> = { key: 'API key', resource: 'resource', source: 'address' };
