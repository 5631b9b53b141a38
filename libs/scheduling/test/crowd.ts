/** Crowds around one limit: priorities with shares, tenants with weights and backlogs, on a virtual clock. Calls take no time. */
import fc from 'fast-check';
import type { Priority } from '@sluice/domain';
import { initial, step } from '../src/index.ts';
import type { Event, Head } from '../src/index.ts';

export interface Tenant {
  readonly name: string;
  readonly priority: string;
  readonly rank: number;
  readonly weight: number;
  /** The sizes of its calls, over and over; all of them wait from the start. */
  readonly sizes: readonly number[];
  readonly calls: number;
}

export interface Crowd {
  readonly amount: number;
  readonly windowMs: number;
  readonly priorities: readonly Priority[];
  readonly tenants: readonly Tenant[];
  readonly largest: number;
  /** Tokens that wait at the start. */
  readonly waiting: number;
  readonly lengthMs: number;
}

export interface Granted {
  readonly at: number;
  readonly priority: string;
  readonly tenant: string;
  readonly tokens: number;
}

const WINDOW_MS = 1_000;
const LENGTH_MS = 5_000;
const LARGEST = 40;

interface Wanted {
  /** Every tenant has more than all windows can take. */
  readonly backlogged?: boolean;
  readonly priorities?: number;
}

export const crowds = ({ backlogged = false, priorities: most = 3 }: Wanted = {}): fc.Arbitrary<Crowd> => fc.record({
  amount: fc.integer({ min: 200, max: 1_000 }),
  shares: fc.array(fc.record({ reserved: fc.integer({ min: 0, max: 33 }), above: fc.integer({ min: 1, max: 100 }) }), { minLength: 1, maxLength: most }),
  tenants: fc.array(fc.record({
    rank: fc.nat(2), weight: fc.constantFrom(1, 1, 2, 4), sizes: fc.array(fc.integer({ min: 1, max: LARGEST }), { minLength: 1, maxLength: 4 }),
    calls: fc.integer({ min: 1, max: 60 }),
  }), { minLength: 1, maxLength: 6 }),
}).map(({ amount, shares, tenants }): Crowd => {
  const priorities = shares.map(({ reserved, above }, rank): Priority =>
    ({ name: `p${rank}`, rank, reserved, ceiling: backlogged ? 100 : Math.min(100, reserved + above), agesAfterMs: null }));
  // Of those that are to be backlogged each priority has one, or its share is nobody's.
  const ranks = backlogged ? [...priorities.map(({ rank }) => rank), ...tenants.map(({ rank }) => rank % priorities.length)] : tenants.map(({ rank }) => rank % priorities.length);
  const all = ranks.map((rank, index): Tenant => {
    const drawn = tenants[index % tenants.length] ?? { weight: 1, sizes: [1], calls: 1 };
    const { weight, sizes } = drawn;
    const calls = backlogged ? Math.ceil((1.2 * amount * LENGTH_MS) / WINDOW_MS / (sizes.reduce((sum, size) => sum + size, 0) / sizes.length)) : drawn.calls;
    return { name: `t${index}`, priority: `p${rank}`, rank, weight, sizes, calls };
  });
  const waiting = all.reduce((sum, { sizes, calls }) => sum + sizesOf({ sizes, calls }).reduce((a, b) => a + b, 0), 0);
  return { amount, windowMs: WINDOW_MS, priorities, tenants: all, largest: LARGEST, waiting, lengthMs: LENGTH_MS };
});

const sizesOf = ({ sizes, calls }: Pick<Tenant, 'sizes' | 'calls'>): number[] => Array.from({ length: calls }, (_, n) => sizes[n % sizes.length] ?? 1);

/** All grants, in order. */
export function gather({ amount, windowMs, priorities, tenants, lengthMs }: Crowd): readonly Granted[] {
  const limit = { dimension: 'input_tokens', amount, windowMs, window: 'sliding' } as const;
  const capacity = {
    limits: [{ id: 'tokens', limit, kind: 'own' }], outputCounting: 'as_produced', sendWithinMs: 60_000, leaseMs: 60_000, paused: false,
  } as const;
  const byName = new Map(tenants.map((tenant) => [tenant.name, tenant]));
  const grants: Granted[] = [];
  let state = initial(1);
  let events: Event[] = [{ kind: 'capacity', capacity, priorities }, ...tenants.map(laneOf)];
  for (let now = 0; now <= lengthMs;) {
    const { state: next, decisions, wakeAt } = step(state, events, now);
    state = next;
    events = [];
    for (const decision of decisions) {
      const tenant = byName.get(decision.lane);
      if (decision.kind !== 'grant' || tenant === undefined) throw new Error(`did not expect to ${decision.kind} ${decision.lane}`);
      const { reservation, permit } = decision;
      grants.push({ at: now, priority: tenant.priority, tenant: tenant.name, tokens: reservation.inputTokens });
      events.push({ kind: 'settled', permit, reservation, arrivedAt: now, endedAt: now, inputTokens: null, outputTokens: null });
    }
    if (events.length === 0) now = wakeAt;
  }
  return grants;
}

function laneOf({ name, priority, rank, weight, sizes, calls }: Tenant): Event {
  const heads = sizesOf({ sizes, calls }).map((tokens, n): Head => ({
    id: `${name}-${String(n).padStart(5, '0')}`, model: 'm', inputTokens: tokens, outputTokens: 0, maximumOutputTokens: 0,
    createdAt: 0, startBy: Number.POSITIVE_INFINITY, notBefore: 0,
  }));
  return { kind: 'lane', lane: { lane: name, priority, rank, tenant: name, weight, heads, waiting: heads.length } };
}
