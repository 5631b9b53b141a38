/**
 * The ledger of the simple policies: one count a limit, whatever its window model held as a sliding one. Written apart from the
 * core, from the same rule: a call counts from its grant until one window after its latest arrival (output as produced: after its
 * end).
 */
import type { Limit } from '@sluice/domain';
import type { Job, News, Terms } from '../policy.ts';
import { Ring } from './ring.ts';

export interface Account {
  readonly limit: Limit;
  /** Granted, and not yet in the ring. */
  floating: number;
  readonly ring: Ring;
}

/** Input and output of one call against one limit. */
interface Parts {
  readonly input: number;
  readonly output: number;
}

export interface Ledger {
  readonly accounts: readonly Account[];
  take(job: Job): void;
  /** Told of `sent`, `ended` and `refused`. */
  hear(news: News): void;
}

export function openLedger({ limits, counting }: Terms, horizonMs: number): Ledger {
  const accounts = limits.flatMap((limit) => accountsOf(limit, horizonMs));
  const early = counting === 'maximum_at_admission';
  const each = (job: Job, change: (account: Account, parts: Parts) => void): void => {
    for (const account of accounts) change(account, partsOf(account.limit, job));
  };
  return {
    accounts,
    take: (job) => each(job, (account, { input, output }) => { account.floating += input + output; }),
    hear(news) {
      if (news.kind === 'sent') each(news.job, (account, { input, output }) => {
        if (account.limit.dimension === 'concurrency') return;
        const now = early ? input + output : input;
        account.floating -= now;
        account.ring.add(news.arrivedAt, now);
      });
      if (news.kind === 'refused') each(news.job, (account, { input, output }) => { account.floating -= input + output; });
      if (news.kind === 'ended') each(news.job, (account, parts) => settle(account, { news, parts, early }));
    },
  };
}

interface Settlement {
  readonly news: Extract<News, { kind: 'ended' }>;
  readonly parts: Parts;
  readonly early: boolean;
}

function settle(account: Account, { news, parts, early }: Settlement): void {
  if (account.limit.dimension === 'concurrency') {
    account.floating -= 1;
    return;
  }
  const { job, arrivedAt, endedAt } = news;
  const actual = partsOf(account.limit, { ...job, inputTokens: news.inputTokens ?? job.inputTokens, outputTokens: news.outputTokens ?? job.outputTokens });
  account.ring.add(arrivedAt, actual.input - parts.input);
  if (early) return;
  account.floating -= parts.output;
  account.ring.add(endedAt, actual.output);
}

/** A limit, and its pace as one more. */
function accountsOf(limit: Limit, horizonMs: number): readonly Account[] {
  const account = (of: Limit): Account => ({ limit: of, floating: 0, ring: new Ring(Math.max(1, of.windowMs), horizonMs) });
  if (limit.paceMs === undefined) return [account(limit)];
  const amount = Math.max(1, (limit.amount * limit.paceMs) / limit.windowMs);
  return [account(limit), account({ ...limit, amount, windowMs: limit.paceMs })];
}

/** What a call is expected to take of a limit; a request counts as input, because that is when it counts. */
export function partsOf({ dimension }: Limit, job: Pick<Job, 'inputTokens' | 'outputTokens' | 'maximumOutputTokens'>): Parts {
  const output = Math.max(job.outputTokens, job.maximumOutputTokens);
  switch (dimension) {
    case 'requests': case 'concurrency': return { input: 1, output: 0 };
    case 'input_tokens': return { input: job.inputTokens, output: 0 };
    case 'output_tokens': return { input: 0, output };
    case 'total_tokens': return { input: job.inputTokens, output };
    case 'cost': return { input: 0, output: 0 };
    default: return dimension satisfies never;
  }
}

export const demandOf = (limit: Limit, job: Job): number => {
  const { input, output } = partsOf(limit, job);
  return input + output;
};

export const takenOf = ({ floating, ring }: Account, now: number): number => floating + ring.total(now);
