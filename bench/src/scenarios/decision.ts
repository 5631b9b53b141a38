/** What a decision costs: the pure core alone, with lanes and jobs waiting, against a full sliding window. No services, no load. */
import type { Priority } from '@sluice/domain';
import { type Event, type Head, initial, step } from '@sluice/scheduling';
import type { Scenario } from './scenario.ts';

const SIZES = [
  { lanes: 10, jobs: 1_000 }, { lanes: 100, jobs: 10_000 }, { lanes: 1_000, jobs: 100_000 }, { lanes: 1_000, jobs: 1_000_000 },
] as const;
const HEADS = 64;
const TARGET_US = 20;
/** Of virtual time that is measured, after a window to fill up. */
const MEASURED_MS = 60_000;
const PRIORITIES: readonly Priority[] = [
  { name: 'urgent', rank: 0, reserved: 50, ceiling: 100, agesAfterMs: 10_000 },
  { name: 'normal', rank: 1, reserved: 20, ceiling: 100, agesAfterMs: null },
  { name: 'batch', rank: 2, reserved: 5, ceiling: 100, agesAfterMs: null },
];

export const decision: Scenario = {
  question: 'what a decision of the core costs per granted permit, by lanes and depth',
  run: async (bench) => {
    const figures = SIZES.map((size) => {
      bench.say(`${size.lanes} lanes, ${size.jobs} jobs`);
      return { ...size, ...measure(size) };
    });
    return {
      figures,
      table: {
        title: 'a decision of the core: processor time per granted permit',
        columns: ['lanes', 'jobs waiting', 'grants', 'steps', 'µs a grant'],
        rows: figures.map(({ lanes, jobs, grants, steps, microseconds }) => [String(lanes), String(jobs), String(grants), String(steps), microseconds.toFixed(1)]),
        notes: [`target: at most ${TARGET_US} µs at 1,000 lanes and 100,000 jobs; one process, taking in reports and heads included.`],
      },
    };
  },
};

interface Cost {
  readonly grants: number;
  readonly steps: number;
  readonly microseconds: number;
}

/** Every grant is sent and settled at once, and its lane told of again when it runs dry. */
function measure({ lanes, jobs }: { lanes: number; jobs: number }): Cost {
  const depth = Math.ceil(jobs / lanes);
  let next = 0;
  const laneOf = (index: number): Event => {
    const priority = PRIORITIES[index % PRIORITIES.length] ?? { name: 'urgent', rank: 0 };
    const heads = Array.from({ length: Math.min(HEADS, depth) }, (): Head => ({
      id: `job-${String(next++).padStart(9, '0')}`, model: 'm', inputTokens: 100 + (next * 7_919) % 1_900, outputTokens: 200, maximumOutputTokens: 0,
      createdAt: next, startBy: Number.POSITIVE_INFINITY, notBefore: 0,
    }));
    return { kind: 'lane', lane: { lane: `lane${index}`, priority: priority.name, rank: priority.rank, tenant: `t${index}`, weight: 1, heads, waiting: depth } };
  };
  const limit = { dimension: 'total_tokens', amount: 24_000_000, windowMs: 60_000, window: 'sliding' } as const;
  const capacity = {
    limits: [{ id: 'tokens', limit, kind: 'own' }], outputCounting: 'as_produced', sendWithinMs: 2_000, leaseMs: 60_000, paused: false,
  } as const;
  let state = initial(1);
  let events: Event[] = [{ kind: 'capacity', capacity, priorities: PRIORITIES }, ...Array.from({ length: lanes }, (_, index) => laneOf(index))];
  let [grants, steps, spentUs] = [0, 0, 0];
  for (let now = 0; now < 60_000 + MEASURED_MS;) {
    const began = process.cpuUsage();
    const { state: after, decisions, wakeAt, refill } = step(state, events, now);
    const { user, system } = process.cpuUsage(began);
    if (now >= 60_000) spentUs += user + system;
    state = after;
    events = decisions.flatMap((one): Event[] => (one.kind === 'grant'
      ? [{ kind: 'settled', permit: one.permit, reservation: one.reservation, arrivedAt: now, endedAt: now, inputTokens: null, outputTokens: null }] : []));
    if (now >= 60_000) [grants, steps] = [grants + events.length, steps + 1];
    for (const lane of refill) events.push(laneOf(Number(lane.slice(4))));
    if (events.length === 0) now = Math.max(now + 1, wakeAt);
  }
  return { grants, steps, microseconds: spentUs / Math.max(1, grants) };
}
