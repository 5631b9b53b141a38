/**
 * A run on a virtual clock: jobs arrive, a policy grants, calls reach a provider that counts for itself, and what they really
 * took is told back.
 *
 *   arrival ──▶ waiting ──▶ granted ──▶ at the provider ──▶ ended
 *                  ▲                          │
 *                  └──────── refused ─────────┘      (told to the policy, which decides when to try again)
 *
 * Time is whole milliseconds from the start of the run. Within one instant all news is told at once, arrivals first.
 */
import type { Priority } from '@sluice/domain';
import type { TraceRow } from '@sluice/testkit';
import { Agenda } from './agenda.ts';
import type { Estimator, Expected } from './estimates.ts';
import type { Measured } from './measured.ts';
import type { Choice, Chooser, Job, News, Policy } from './policy.ts';
import { type Accepted, type Call, openProvider, type Provider } from './provider.ts';
import { randomFrom, type Random } from './random.ts';
import type { Scenario, Stream } from './scenario.ts';
import { ServiceGap } from './service-gap.ts';

/** So many jobs of the endless priority are in its queue at a time, as a feeder of batches keeps it. */
const BACKLOG = 100;
/** Once everybody has arrived, the run may go on for as long again and this much, ms; a policy that needs more is stuck. */
const PATIENCE_MS = 7_200_000;
/** Maxima that people ask for are round. */
const LEAST_MAXIMUM = 256;

interface Known {
  readonly job: Job;
  readonly call: Call;
  /** The run goes on until it is done; not for the endless priority. */
  readonly awaited: boolean;
  /** What was said at its arrival. */
  foreseenMs: number | null;
  grantedAt: number;
  arrivedAt: number;
  reportedAt: number;
}

type Due =
  | { readonly kind: 'arrives'; readonly known: Known }
  | { readonly kind: 'ends'; readonly known: Known; readonly accepted: Accepted };

/** As `Waits`, while it grows. */
interface Waited {
  readonly name: string;
  readonly at: number[];
  readonly waits: number[];
  readonly tenants: string[];
  readonly foreseen: (number | null)[];
}

interface Arrival {
  readonly row: TraceRow;
  readonly stream: Stream;
}

/** @throws Error when the policy grants what does not wait, or leaves jobs waiting for ever */
export function simulate(scenario: Scenario, policy: Policy): Measured {
  const world = new World(scenario, policy);
  world.run();
  return world.measured();
}

class World {
  readonly #scenario: Scenario;
  readonly #chooser: Chooser;
  readonly #provider: Provider;
  readonly #estimator: Estimator;
  readonly #random: Random;
  readonly #arrivals: readonly Arrival[];
  readonly #agenda = new Agenda<Due>();
  readonly #waiting = new Map<number, Known>();
  readonly #waits: readonly Waited[];
  readonly #gaps: readonly ServiceGap[];
  #arrived: Known[] = [];
  #nextArrival = 0;
  #nextJob = 0;
  #nextSize = 0;
  #fillWaiting = 0;
  #awaited: number;
  #refusals = 0;
  #deadlineMisses = 0;
  #largestCall = 1;

  constructor(scenario: Scenario, policy: Policy) {
    const { limits, counting, priorities, streams, seed } = scenario;
    this.#scenario = scenario;
    this.#chooser = policy.start({ limits, counting, priorities });
    this.#provider = openProvider(limits, counting);
    this.#estimator = scenario.estimator();
    this.#random = randomFrom(seed);
    this.#arrivals = streams.flatMap((stream) => stream.rows.map((row) => ({ row, stream }))).sort((a, b) => a.row.atMs - b.row.atMs);
    this.#awaited = this.#arrivals.length;
    this.#waits = priorities.map(({ name }) => ({ name, at: [], waits: [], tenants: [], foreseen: [] }));
    this.#gaps = priorities.map(() => new ServiceGap());
  }

  get #lengthMs(): number {
    return this.#arrivals.at(-1)?.row.atMs ?? 0;
  }

  run(): void {
    const giveUpAt = 2 * this.#lengthMs + PATIENCE_MS;
    let wakeAt = 0;
    while (this.#awaited > 0) {
      const arrivalAt = this.#arrivals[this.#nextArrival]?.row.atMs ?? Number.POSITIVE_INFINITY;
      const now = Math.round(Math.min(arrivalAt, this.#agenda.nextAt, Math.ceil(wakeAt)));
      if (now > giveUpAt) throw new Error(`the policy leaves ${this.#awaited} jobs waiting, the first of them for ever`);
      wakeAt = this.#instant(now);
      if (wakeAt <= now) throw new Error(`the policy asks at ${now} ms to be woken at ${wakeAt} ms`);
    }
  }

  /** All that happens now, until nobody has anything more to say; the time to wake the policy at. */
  #instant(now: number): number {
    let news = this.#newsAt(now);
    for (;;) {
      const choice = this.#chooser.choose(news, now);
      this.#apply(choice, now);
      news = this.#refill(now);
      if (news.length > 0) continue;
      this.#foresee(now);
      return choice.wakeAt;
    }
  }

  /** Of those that came now and must wait. */
  #foresee(now: number): void {
    for (const known of this.#arrived.splice(0)) {
      if (this.#waiting.has(known.job.id)) known.foreseenMs = this.#chooser.foresee?.(known.job, now) ?? null;
    }
  }

  #newsAt(now: number): News[] {
    const news: News[] = [];
    for (let next = this.#arrivals[this.#nextArrival]; next !== undefined && Math.round(next.row.atMs) <= now; next = this.#arrivals[this.#nextArrival]) {
      this.#nextArrival += 1;
      news.push({ kind: 'arrived', job: this.#join(next.row, next.stream, true) });
    }
    news.push(...this.#refill(now));
    while (this.#agenda.nextAt <= now) {
      const due = this.#agenda.take();
      if (due !== undefined) news.push(due.kind === 'arrives' ? this.#receive(due.known, now) : this.#end(due.known, due.accepted, now));
    }
    return news;
  }

  #refill(now: number): News[] {
    const { fill } = this.#scenario;
    if (fill === null || now >= this.#lengthMs) return [];
    const news: News[] = [];
    while (this.#fillWaiting < BACKLOG) {
      const size = fill.sizes[this.#nextSize % fill.sizes.length];
      if (size === undefined) throw new Error('a fill needs at least one size');
      this.#nextSize += 1;
      const stream = { rows: [], priority: fill.priority, tenant: 'fill', weight: 1 };
      news.push({ kind: 'arrived', job: this.#join({ ...size, atMs: now }, stream, false) });
    }
    return news;
  }

  #join(row: TraceRow, { priority, tenant, weight }: Stream, awaited: boolean): Job {
    const createdAt = Math.round(row.atMs);
    const expected: Expected = this.#estimator.expect(row);
    const job: Job = {
      id: this.#nextJob, priority, tenant, weight, createdAt, startBy: createdAt + this.#scenario.deadlineMs,
      inputTokens: expected.inputTokens, outputTokens: expected.outputTokens, maximumOutputTokens: this.#maximumOf(row),
      bodyBytes: expected.bodyBytes,
    };
    this.#nextJob += 1;
    if (!awaited) this.#fillWaiting += 1;
    const call = { inputTokens: row.inputTokens, outputTokens: row.outputTokens, maximumOutputTokens: job.maximumOutputTokens };
    this.#largestCall = Math.max(this.#largestCall, row.inputTokens + row.outputTokens);
    const known: Known = { job, call, awaited, foreseenMs: null, grantedAt: 0, arrivedAt: 0, reportedAt: 0 };
    this.#waiting.set(job.id, known);
    this.#arrived.push(known);
    this.#gapOf(priority).joined(tenant);
    return job;
  }

  /** A provider that counts the maximum is asked with one. */
  #maximumOf({ outputTokens }: TraceRow): number {
    return this.#scenario.counting === 'as_produced' ? 0 : Math.max(LEAST_MAXIMUM, 2 ** Math.ceil(Math.log2(outputTokens + 1)));
  }

  #apply({ granted, expired }: Choice, now: number): void {
    for (const { id } of expired) {
      const known = this.#leave(id);
      if (now < known.job.startBy) throw new Error(`the policy lets job ${id} expire before its time`);
      this.#deadlineMisses += 1;
      this.#finished(known);
    }
    const { pickupMs, guardMs, latencyMs } = this.#scenario.calls;
    for (const { id } of granted) {
      const waiting = this.#waiting.get(id);
      if (waiting !== undefined) this.#gapOf(waiting.job.priority).served(waiting.job.tenant, serviceOf(waiting) / waiting.job.weight);
      const known = this.#leave(id);
      known.grantedAt = now;
      const sentAt = now + pickupMs;
      known.reportedAt = sentAt + Math.min(guardMs, latencyMs);
      known.arrivedAt = Math.floor(sentAt + this.#random() * (known.reportedAt - sentAt));
      this.#agenda.add(known.arrivedAt, { kind: 'arrives', known });
    }
  }

  #leave(id: number): Known {
    const known = this.#waiting.get(id);
    if (known === undefined) throw new Error(`the policy grants job ${id}, which does not wait`);
    this.#waiting.delete(id);
    this.#gapOf(known.job.priority).left(known.job.tenant);
    if (!known.awaited) this.#fillWaiting -= 1;
    return known;
  }

  #receive(known: Known, now: number): News {
    const { job, call, reportedAt } = known;
    const reception = this.#provider.receive(call, now);
    if (reception.kind === 'refused') return this.#refuse(known, reception.retryAfterMs);
    const { at, waits, tenants, foreseen } = found(this.#waits[job.priority.rank]);
    foreseen.push(known.foreseenMs);
    at.push(job.createdAt);
    waits.push(known.grantedAt - job.createdAt);
    tenants.push(job.tenant);
    const { latencyMs, tokenMs } = this.#scenario.calls;
    this.#agenda.add(Math.max(reportedAt, Math.round(now + latencyMs + tokenMs * call.outputTokens)), { kind: 'ends', known, accepted: reception });
    return { kind: 'sent', job, arrivedAt: reportedAt };
  }

  #refuse(known: Known, retryAfterMs: number | null): News {
    const { job } = known;
    if (retryAfterMs === null) throw new Error(`a request of ${serviceOf(known)} tokens is larger than a limit: it can never be sent; choose a larger --limit`);
    this.#refusals += 1;
    this.#waiting.set(job.id, known);
    this.#gapOf(job.priority).joined(job.tenant);
    if (!known.awaited) this.#fillWaiting += 1;
    return { kind: 'refused', job, retryAfterMs };
  }

  #end(known: Known, accepted: Accepted, now: number): News {
    const { job, call, reportedAt } = known;
    this.#provider.end(call, accepted, now);
    this.#finished(known);
    const told = this.#scenario.tellsUsage ? call : { inputTokens: null, outputTokens: call.outputTokens };
    this.#estimator.hear({ bodyBytes: job.bodyBytes, inputTokens: told.inputTokens, outputTokens: told.outputTokens });
    return { kind: 'ended', job, arrivedAt: reportedAt, endedAt: now, inputTokens: told.inputTokens, outputTokens: told.outputTokens };
  }

  #finished({ awaited }: Known): void {
    if (awaited) this.#awaited -= 1;
  }

  #gapOf({ rank }: Priority): ServiceGap {
    return found(this.#gaps[rank]);
  }

  measured(): Measured {
    return {
      refusals: this.#refusals,
      uses: this.#provider.uses,
      priorities: this.#waits.filter(({ waits }) => waits.length > 0),
      serviceGap: Math.max(...this.#gaps.map(({ largest }) => largest)) / this.#largestCall,
      deadlineMisses: this.#deadlineMisses,
      lengthMs: this.#lengthMs,
    };
  }
}

const serviceOf = ({ call }: Known): number => call.inputTokens + call.outputTokens;

function found<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('a job of a priority that the scenario does not know');
  return value;
}
