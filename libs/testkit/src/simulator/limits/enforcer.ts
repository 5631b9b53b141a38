/**
 * The provider's own enforcement: which limits cover a call, whether it fits all of them, and what it takes.
 * Every API key has its own ledger of the limits without a model, and one more for each model that has limits.
 */
import type { Limit } from '@sluice/domain';
import { createMeter } from './create-meter.ts';
import type { Charge, Meter } from './meter.ts';

/**
 * When output counts. `maximum_at_admission`: the most it may become, at arrival; the surplus is given back at the end, in
 * the window in which it was charged. `as_produced`: what was produced, when the call ends.
 */
export type Counting = 'maximum_at_admission' | 'as_produced';

export interface Arrival {
  readonly key: string;
  readonly model: string;
  readonly now: number;
  readonly inputTokens: number;
  /** The most this call may produce. */
  readonly maxOutputTokens: number;
}

export interface Refusal {
  readonly limit: Limit;
  /** Until it would fit, or null when it never will: larger than the limit itself. */
  readonly waitMs: number | null;
  readonly used: number;
  readonly requested: number;
}

/** An admitted call; `end` is told what it produced, once (later calls change nothing). */
export interface Ticket {
  end(outputTokens: number, now: number): void;
}

export type Admission = { readonly ticket: Ticket } | { readonly refusal: Refusal };

export interface LimitState {
  readonly limit: Limit;
  readonly remaining: number;
  readonly resetMs: number;
}

export interface Enforcer {
  admit(arrival: Arrival): Admission;
  /** What limits say of a key and model now, for the headers. */
  states(key: string, model: string, now: number): readonly LimitState[];
  /** Limits that were there before, by everything but their amount, keep what is used. */
  setLimits(limits: readonly Limit[], now: number): void;
  limits(): readonly Limit[];
  reset(): void;
}

/** Nothing tells when a running call will end; a client is asked to come back after this long. */
const CONCURRENCY_RETRY_MS = 1_000;

interface Account {
  limit: Limit;
  readonly meter: Meter;
  inFlight: number;
}

export function createEnforcer(initial: readonly Limit[], counting: Counting, fixedOffsetMs: number): Enforcer {
  let limits = initial;
  let accounts = new Map<string, Account>();
  let covering = new Map<string, readonly Account[]>();

  const accountOf = (limit: Limit, key: string): Account => {
    const id = `${identity(limit)} ${key}`;
    const known = accounts.get(id);
    if (known) return known;
    const account: Account = { limit, meter: createMeter(limit, fixedOffsetMs), inFlight: 0 };
    accounts.set(id, account);
    return account;
  };
  const covers = (key: string, model: string): readonly Account[] => {
    const id = `${key} ${model}`;
    const known = covering.get(id);
    if (known) return known;
    const found = limits
      .filter((limit) => limit.model === undefined || limit.model === model)
      .map((limit) => accountOf(limit, key));
    covering.set(id, found);
    return found;
  };

  return {
    admit(arrival) {
      const mine = covers(arrival.key, arrival.model);
      const refusal = refusalOf(mine, arrival, counting);
      return refusal ? { refusal } : { ticket: charge(mine, arrival, counting) };
    },
    states: (key, model, now) => covers(key, model).map(({ limit, meter, inFlight }) => (limit.dimension === 'concurrency'
      ? { limit, remaining: limit.amount - inFlight, resetMs: 0 }
      : { limit, remaining: Math.max(0, Math.floor(limit.amount - meter.used(now))), resetMs: meter.resetsIn(now) })),
    setLimits(next, now) {
      const before = accounts;
      limits = next;
      covering = new Map();
      accounts = new Map();
      for (const limit of next) {
        const prefix = `${identity(limit)} `;
        for (const [id, account] of before) {
          if (!id.startsWith(prefix)) continue;
          account.meter.resize(limit.amount, now);
          account.limit = limit;
          accounts.set(id, account);
        }
      }
    },
    limits: () => limits,
    reset() {
      accounts = new Map();
      covering = new Map();
    },
  };
}

/** Everything but the amount: what makes a limit the same limit after its amount changed. */
const identity = (limit: Limit): string =>
  [limit.model ?? '*', limit.dimension, limit.windowMs, limit.window, limit.paceMs ?? 0].join('/');

/** The limit with the longest wait among those that the call does not fit, if any. */
function refusalOf(accounts: readonly Account[], arrival: Arrival, counting: Counting): Refusal | undefined {
  let worst: Refusal | undefined;
  let worstWait = 0;
  for (const account of accounts) {
    const { limit, meter } = account;
    if (limit.dimension === 'concurrency') {
      if (account.inFlight < limit.amount || worstWait >= CONCURRENCY_RETRY_MS) continue;
      worstWait = CONCURRENCY_RETRY_MS;
      worst = { limit, waitMs: limit.amount > 0 ? CONCURRENCY_RETRY_MS : null, used: account.inFlight, requested: 1 };
      continue;
    }
    const requested = neededAtArrival(limit, arrival, counting);
    const waitMs = requested > 0 ? meter.waitFor(requested, arrival.now) : 0;
    if (waitMs <= worstWait) continue;
    worstWait = waitMs;
    worst = { limit, waitMs: waitMs === Infinity ? null : waitMs, used: meter.used(arrival.now), requested };
  }
  return worst;
}

function charge(accounts: readonly Account[], arrival: Arrival, counting: Counting): Ticket {
  const charges = accounts.map((account): Charge | undefined => {
    account.inFlight += 1;
    const taken = takenAtArrival(account.limit, arrival, counting);
    return taken > 0 ? account.meter.take(taken, arrival.now) : undefined;
  });
  let ended = false;
  return {
    end(outputTokens, now) {
      if (ended) return;
      ended = true;
      for (const [index, account] of accounts.entries()) {
        account.inFlight -= 1;
        if (!countsOutput(account.limit)) continue;
        const atArrival = charges[index];
        if (counting === 'as_produced') {
          if (outputTokens > 0) account.meter.take(outputTokens, now);
        } else if (atArrival) {
          const input = account.limit.dimension === 'total_tokens' ? arrival.inputTokens : 0;
          account.meter.correct(atArrival, input + outputTokens, now);
        }
      }
    },
  };
}

const countsOutput = (limit: Limit): boolean => limit.dimension === 'output_tokens' || limit.dimension === 'total_tokens';

function takenAtArrival(limit: Limit, arrival: Arrival, counting: Counting): number {
  const output = counting === 'maximum_at_admission' ? arrival.maxOutputTokens : 0;
  switch (limit.dimension) {
    case 'requests': return 1;
    case 'input_tokens': return arrival.inputTokens;
    case 'output_tokens': return output;
    case 'total_tokens': return arrival.inputTokens + output;
    case 'concurrency': return 0;
    case 'cost': return 0;
    default: return limit.dimension satisfies never;
  }
}

/** As taken; but where output counts when it is produced, there must be room for at least one token of it. */
const neededAtArrival = (limit: Limit, arrival: Arrival, counting: Counting): number =>
  (limit.dimension === 'output_tokens' && counting === 'as_produced' ? 1 : takenAtArrival(limit, arrival, counting));
