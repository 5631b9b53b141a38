/** Short ways to say capacities, lanes and reports. */
import type { Limit } from '@sluice/domain';
import { useOfLimits } from '../src/index.ts';
import type { Capacity, Decision, Event, Head, LimitState, Reservation, State, Step } from '../src/index.ts';

export const T0 = 1_790_000_000_000;

export const limitOf = (dimension: Limit['dimension'], amount: number, rest: Partial<Limit> = {}): LimitState => {
  const limit = { dimension, amount, windowMs: 60_000, window: 'sliding' as const, ...rest };
  return { id: `${dimension}/${limit.model ?? '*'}/${limit.windowMs}`, limit, kind: 'own' };
};
export const capacityOf = (limits: readonly LimitState[], rest: Partial<Capacity> = {}): Event => ({
  kind: 'capacity', priorities: [],
  capacity: { limits, outputCounting: 'as_produced', sendWithinMs: 2_000, leaseMs: 30_000, paused: false, ...rest },
});
export const headOf = (id: string, rest: Partial<Head> = {}): Head => ({
  id, model: 'm', inputTokens: 10, outputTokens: 10, maximumOutputTokens: 0,
  createdAt: T0, startBy: Infinity, notBefore: 0, ...rest,
});
export const laneOf = (lane: string, heads: readonly Head[], rest: { rank?: number; waiting?: number } = {}): Event =>
  ({ kind: 'lane', lane: { lane, priority: 'p', rank: 0, tenant: 't', weight: 1, heads, waiting: heads.length, ...rest } });
export const numbered = (count: number, prefix = 'job'): Head[] =>
  Array.from({ length: count }, (_, i) => headOf(`${prefix}${String(i).padStart(4, '0')}`));
export const reservation: Reservation = { model: 'm', inputTokens: 10, outputTokens: 10, extraOutputTokens: 0 };
export const settledOf = (permit: number, at: number, rest: Partial<Extract<Event, { kind: 'settled' }>> = {}): Event =>
  ({ kind: 'settled', permit, reservation, arrivedAt: at, endedAt: at, inputTokens: 10, outputTokens: 10, ...rest });

export const grantsOf = ({ decisions }: Step): Extract<Decision, { kind: 'grant' }>[] =>
  decisions.filter((decision) => decision.kind === 'grant');
export const takenOf = (state: State, now: number): number[] => useOfLimits(state, now).map(({ taken }) => taken);
