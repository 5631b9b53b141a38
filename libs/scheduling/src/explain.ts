/**
 * Why a job waits: what the last decision found, as data, and as one English sentence. Reads only.
 */
import type { LaneHeads } from './types.ts';
import type { Lane, Waiting } from './lanes.ts';
import type { State } from './state.ts';

/** What holds back the next job of a lane. Times are epoch ms; Infinity: until an event, not a time. */
export type Constraint =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'capacity_unknown' }
  | { readonly kind: 'lane_unknown' }
  | { readonly kind: 'paused' }
  | { readonly kind: 'cooldown'; readonly until: number }
  /** Closed by failures, refusals or an operator. */
  | { readonly kind: 'breaker'; readonly limit: string; readonly until: number }
  /** A limit of the connection has no room. */
  | { readonly kind: 'limit'; readonly limit: string; readonly short: number; readonly until: number }
  | { readonly kind: 'slots'; readonly limit: string }
  /** There is room, but not for this priority now. */
  | { readonly kind: 'ceiling' | 'headroom' | 'pace' | 'share'; readonly priority: string; readonly limit: string; readonly until: number }
  /** It would move the time of a job that is booked before it. */
  | { readonly kind: 'booking'; readonly lane: string; readonly head: string; readonly at: number }
  /** One before it is held back. */
  | { readonly kind: 'behind'; readonly priority: string }
  | { readonly kind: 'tenant_turn'; readonly tenant: string }
  | { readonly kind: 'not_before'; readonly until: number }
  /** `first`: what holds back the first of them. */
  | { readonly kind: 'lane_order'; readonly ahead: number; readonly first: Constraint };

export interface Explanation {
  /** Of the ledger that it is about. */
  readonly version: number;
  readonly constraint: Constraint;
}

export interface About {
  readonly lane: LaneHeads['lane'];
  /** Of one job; else of the next of the lane. */
  readonly head?: string;
  /** How many stand before it: for a job behind those that are known. */
  readonly index?: number;
}

export function explain(state: State, about: About, now: number): Explanation {
  const { version } = state;
  return { version, constraint: ofConnection(state, now) ?? ofLane(state, about, now) };
}

function ofConnection({ capacity, cooldownUntil }: State, now: number): Constraint | undefined {
  if (capacity === undefined) return { kind: 'capacity_unknown' };
  if (capacity.paused) return { kind: 'paused' };
  return now < cooldownUntil ? { kind: 'cooldown', until: cooldownUntil } : undefined;
}

function ofLane(state: State, { lane: name, head, index }: About, now: number): Constraint {
  const lane = state.lanes.byName.get(name);
  const waiting = lane?.jobs.filter(({ state: is }) => is !== 'gone') ?? [];
  const place = head === undefined ? 0 : waiting.findIndex((job) => job.head.id === head);
  const [first] = waiting;
  if (lane === undefined || first === undefined) return { kind: 'lane_unknown' };
  const behind = (ahead: number): Constraint => ({ kind: 'lane_order', ahead, first: ofJob(state, { lane, job: first, now }) ?? { kind: 'nothing' } });
  const job = waiting[place];
  if (job === undefined) return index === undefined || index < waiting.length ? { kind: 'lane_unknown' } : behind(index);
  return ofJob(state, { lane, job, now }) ?? behind(place);
}

/** Undefined: others of its lane go before it. */
function ofJob(state: State, { lane, job, now }: { lane: Lane; job: Waiting; now: number }): Constraint | undefined {
  if (job.head.notBefore > now) return { kind: 'not_before', until: job.head.notBefore };
  const strand = [...lane.strands.values()].find(({ jobs }) => jobs.includes(job));
  if (strand === undefined || strand.first !== job) return undefined;
  if (strand.held !== undefined) return strand.held;
  const offered = strand.line.booked ?? strand.line.heap.peek();
  if (offered !== undefined && offered !== strand) return { kind: 'tenant_turn', tenant: offered.tenant.name };
  return { kind: 'nothing' };
}

/** `now` makes times relative. */
export function sentence(constraint: Constraint, now: number): string {
  const when = (at: number): string => (at === Number.POSITIVE_INFINITY ? 'until something is settled' : `for ${Math.max(0, (at - now) / 1_000).toFixed(1)} s`);
  switch (constraint.kind) {
    case 'nothing': return 'Nothing holds it back: it goes with the next decision.';
    case 'capacity_unknown': return 'The scheduler does not know yet what the connection allows.';
    case 'lane_unknown': return 'The scheduler knows of no such job.';
    case 'paused': return 'The connection is paused.';
    case 'cooldown': return `The connection cools down ${when(constraint.until)} after a refusal by the provider.`;
    case 'breaker': return `The circuit breaker ${constraint.limit} is open ${when(constraint.until)}.`;
    case 'limit': return `The limit ${constraint.limit} lacks ${constraint.short} ${when(constraint.until)}.`;
    case 'slots': return `All that ${constraint.limit} allows is in use.`;
    case 'ceiling': return `Priority ${constraint.priority} is at its ceiling of the limit ${constraint.limit} ${when(constraint.until)}.`;
    case 'share': return `Priority ${constraint.priority} has used its share of the limit ${constraint.limit} ${when(constraint.until)}.`;
    case 'headroom': return `What is left of the limit ${constraint.limit} is kept for more urgent priorities than ${constraint.priority}.`;
    case 'pace': return `Priority ${constraint.priority} is paced in the limit ${constraint.limit} ${when(constraint.until)}.`;
    case 'booking': return `It would delay ${constraint.head} of ${constraint.lane}, which is booked.`;
    case 'behind': return `A job before it, of priority ${constraint.priority}, is held back.`;
    case 'tenant_turn': return `It is the turn of tenant ${constraint.tenant}, which had less service.`;
    case 'not_before': return `It is not to start ${when(constraint.until)}.`;
    case 'lane_order': return `${constraint.ahead} ${constraint.ahead === 1 ? 'job is' : 'jobs are'} ahead of it in its lane. Of the first: ${sentence(constraint.first, now)}`;
    default: return constraint satisfies never;
  }
}
