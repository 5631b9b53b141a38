/** The provider: refuses what its limits do not allow, by its own count, and remembers what each limit was used for. */
import type { Limit } from '@sluice/domain';
import { type Counting, createEnforcer, type Ticket } from '@sluice/testkit';

/** What was counted against one limit, in order of time; of `concurrency` the milliseconds that calls were open, at their ends. */
export interface Use {
  readonly limit: Limit;
  readonly at: number[];
  readonly amounts: number[];
}

export interface Call {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** 0: the request states none. */
  readonly maximumOutputTokens: number;
}

export interface Accepted {
  readonly kind: 'accepted';
  readonly ticket: Ticket;
  readonly at: number;
}

export type Reception =
  | Accepted
  /** `retryAfterMs` null: larger than a limit, it will never fit. */
  | { readonly kind: 'refused'; readonly retryAfterMs: number | null };

export interface Provider {
  readonly uses: readonly Use[];
  receive(call: Call, now: number): Reception;
  end(call: Call, accepted: Accepted, now: number): void;
}

/** One key and one model: what the simulator asks about needs no more. */
const KEY = 'key';
const MODEL = 'model';

export function openProvider(limits: readonly Limit[], counting: Counting): Provider {
  const enforcer = createEnforcer(limits, counting, 0);
  const uses = limits.map((limit): Use => ({ limit, at: [], amounts: [] }));
  const count = (now: number, amountOf: (limit: Limit) => number): void => {
    for (const { limit, at, amounts } of uses) {
      const amount = amountOf(limit);
      if (amount === 0) continue;
      at.push(now);
      amounts.push(amount);
    }
  };
  return {
    uses,
    receive(call, now) {
      const { inputTokens, maximumOutputTokens: maxOutputTokens } = call;
      const admission = enforcer.admit({ key: KEY, model: MODEL, now, inputTokens, maxOutputTokens });
      if ('refusal' in admission) return { kind: 'refused', retryAfterMs: admission.refusal.waitMs };
      // The surplus of a maximum is given back where it was charged: what stays of it is what was produced.
      const output = counting === 'maximum_at_admission' ? call.outputTokens : 0;
      count(now, (limit) => countedOf(limit, { requests: 1, input: inputTokens, output, heldMs: 0 }));
      return { kind: 'accepted', ticket: admission.ticket, at: now };
    },
    end(call, { ticket, at }, now) {
      ticket.end(call.outputTokens, now);
      const output = counting === 'as_produced' ? call.outputTokens : 0;
      count(now, (limit) => countedOf(limit, { requests: 0, input: 0, output, heldMs: now - at }));
    },
  };
}

interface Counted {
  readonly requests: number;
  readonly input: number;
  readonly output: number;
  /** How long the call was open. */
  readonly heldMs: number;
}

function countedOf({ dimension }: Limit, { requests, input, output, heldMs }: Counted): number {
  switch (dimension) {
    case 'requests': return requests;
    case 'input_tokens': return input;
    case 'output_tokens': return output;
    case 'total_tokens': return input + output;
    case 'concurrency': return heldMs;
    case 'cost': return 0;
    default: return dimension satisfies never;
  }
}
