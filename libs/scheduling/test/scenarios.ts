/** Random scenarios: small limits and windows, so that everything is scarce all the time. Times and tokens are whole, windows
 *  short: the oracle is then exact. */
import fc from 'fast-check';
import type { LimitState, OutputCounting } from '../src/index.ts';
import type { Call, Scenario } from './world.ts';

const WINDOWS = [50, 200, 1000, 2000] as const;

const limit: fc.Arbitrary<LimitState> = fc.record({
  dimension: fc.constantFrom('requests', 'input_tokens', 'output_tokens', 'total_tokens', 'concurrency', 'cost'),
  kind: fc.constantFrom('own', 'own', 'own', 'own', 'unsent', 'slots'),
  model: fc.constantFrom(undefined, undefined, 'a', 'b'),
  windowMs: fc.constantFrom(...WINDOWS),
  window: fc.constantFrom('sliding', 'fixed', 'bucket'),
  amount: fc.integer({ min: 1, max: 6 }),
  paceMs: fc.constantFrom(undefined, undefined, undefined, 20, 100),
  burst: fc.constantFrom(undefined, undefined, 1, 5),
} as const).map(({ dimension, kind, model, windowMs, window, amount, paceMs, burst }) => {
  const counts = dimension === 'requests' || dimension === 'concurrency' || kind !== 'own';
  const over = kind === 'own' && dimension !== 'concurrency' ? windowMs : 0;
  return {
    id: `${kind}/${dimension}/${model ?? '*'}/${over}`, kind,
    limit: {
      ...(model === undefined ? {} : { model }), ...(paceMs === undefined || over === 0 ? {} : { paceMs }),
      ...(burst === undefined || over === 0 || window !== 'bucket' ? {} : { burst: Math.min(burst, amount) }),
      dimension: kind === 'own' ? dimension : 'concurrency', window, windowMs: over, amount: counts ? amount : amount * 30,
    },
  };
});

const call = fc.record({
  at: fc.integer({ min: 0, max: 1500 }),
  lane: fc.integer({ min: 0, max: 5 }),
  model: fc.constantFrom('a', 'b'),
  input: fc.integer({ min: 0, max: 60 }),
  output: fc.integer({ min: 0, max: 60 }),
  maximum: fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 120 })),
  fate: fc.constantFrom('served', 'served', 'served', 'served', 'served', 'released', 'unclaimed', 'ungranted', 'lost'),
  pickupMs: fc.integer({ min: 0, max: 300 }),
  lagMs: fc.integer({ min: 0, max: 250 }),
  callMs: fc.oneof(fc.integer({ min: 0, max: 100 }), fc.integer({ min: 0, max: 3000 })),
  reportMs: fc.integer({ min: 0, max: 100 }),
  tellsSent: fc.boolean(),
  inputShare: fc.double({ min: 0, max: 1, noNaN: true }),
  outputShare: fc.double({ min: 0, max: 1, noNaN: true }),
  patienceMs: fc.oneof(fc.constant(3_600_000), fc.constant(3_600_000), fc.integer({ min: 1, max: 2000 })),
  notBeforeMs: fc.oneof(fc.constant(-5), fc.constant(-5), fc.integer({ min: 1, max: 800 })),
} as const);

type Drawn = typeof call extends fc.Arbitrary<infer T> ? T : never;

/** What is really produced stays within what was reserved, or no owner could keep the limit. Under `unknown` that is the maximum
 *  as long as the call is over within the shortest window, and the estimate beyond. */
function withActuals(drawn: Drawn, counting: OutputCounting, deficit: number): Call {
  const { inputShare, outputShare, ...rest } = drawn;
  const { output, maximum, callMs, reportMs, lagMs, fate } = drawn;
  const estimate = maximum > 0 ? Math.min(output, maximum) : output;
  const isShort = callMs + reportMs + lagMs < WINDOWS[0] && fate !== 'lost';
  const mayReachMaximum = counting === 'maximum_at_admission' || (counting === 'unknown' && isShort);
  const most = mayReachMaximum ? Math.max(estimate, maximum) : estimate;
  return { ...rest, actualInput: Math.floor(rest.input * inputShare), actualOutput: Math.floor(most * outputShare * deficit) };
}

export interface Terms {
  /** Actual output as a multiple of what should be; above 1 the estimates are too low. */
  readonly deficit?: number;
  readonly takeover?: boolean;
  readonly changing?: boolean;
}

const slidingInstead = (state: LimitState): LimitState => ({ ...state, limit: withoutBurst(state.limit) });
const withoutBurst = ({ burst: _burst, ...limit }: LimitState['limit']): LimitState['limit'] => ({ ...limit, window: 'sliding' });

const cooldown = fc.record({ at: fc.integer({ min: 0, max: 3000 }), forMs: fc.integer({ min: 0, max: 1000 }) });

const change = fc.record({
  at: fc.integer({ min: 1, max: 3000 }), factor: fc.constantFrom(0.4, 0.7, 1, 1.5, 2.5),
  halveWindows: fc.boolean(), rename: fc.boolean(),
});

export const scenarios = ({ deficit = 1, takeover = false, changing = false }: Terms = {}): fc.Arbitrary<Scenario> => fc.record({
  counting: fc.constantFrom('as_produced', 'maximum_at_admission', 'unknown'),
  limits: fc.uniqueArray(limit, { minLength: 1, maxLength: 4, selector: ({ id }) => id }),
  calls: fc.array(call, { minLength: 1, maxLength: 25 }),
  prefix: fc.integer({ min: 1, max: 6 }),
  refillMs: fc.integer({ min: 0, max: 20 }),
  cooldowns: fc.array(cooldown, { maxLength: 2 }),
  changes: fc.array(change, { maxLength: changing ? 3 : 0 }),
  takeoverAt: takeover ? fc.integer({ min: 1, max: 4000 }) : fc.constant(null),
} as const).map(({ counting, limits, calls, ...rest }) => ({
  ...rest, reversed: false, calls: calls.map((drawn) => withActuals(drawn, counting, deficit)),
  // Of a bucket whose rate changed nobody knows since when the provider refills it at the new one.
  capacity: {
    limits: changing ? limits.map(slidingInstead) : limits, outputCounting: counting, sendWithinMs: 2000, leaseMs: 5000, paused: false,
    strategy: 'strict',
  },
}));
