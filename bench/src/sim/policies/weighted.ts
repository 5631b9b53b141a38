/** The default: the real core, fed as the scheduler app feeds it, with the first jobs of each lane and more when it asks. */
import { type Capacity, type Decision, type Event, foretell, type Head, initial, type LaneHeads, learn, type LimitState, type Outlook, outlookOf, type State, step } from '@sluice/scheduling';
import type { Learned } from '@sluice/domain';
import type { Choice, Chooser, Job, News, Policy, Terms } from '../policy.ts';

/** As the scheduler app reads a lane. */
const HEADS = 64;
/** Of a lane of which this many heads are known only the number is told when more join. */
const ENOUGH_HEADS = 16;

/** As the scheduler app publishes it. */
const OUTLOOK_EVERY_MS = 1_000;

type Grant = Extract<Decision, { kind: 'grant' }> & { readonly grantedAt: number };

const MODEL = 'model';

interface Lane {
  readonly name: string;
  /** In order; a job that comes back goes to the front. */
  jobs: Map<string, Job>;
  /** Their numbers in order of arrival. */
  readonly places: Map<string, number>;
  /** How many of its first jobs the core knows of. */
  told: number;
}

/** The core with these settings of its capacity in place of the usual ones. */
export const corePolicy = (name: string, settings: Partial<Capacity>): Policy => ({ name, start: (terms) => new Core(terms, settings) });

export default corePolicy('weighted', {});

class Core implements Chooser {
  #state: State = initial(1);
  #events: Event[];
  readonly #lanes = new Map<string, Lane>();
  readonly #jobs = new Map<string, Job>();
  readonly #grants = new Map<number, Grant>();
  #outlook: Outlook | undefined;
  #learned: Learned | undefined;

  constructor({ limits, counting, priorities }: Terms, settings: Partial<Capacity>) {
    const own = limits.map((limit): LimitState => ({ id: `${limit.dimension}/${limit.model ?? '*'}/${limit.windowMs}`, limit, kind: 'own' }));
    const capacity = { limits: own, outputCounting: counting, sendWithinMs: 2_000, leaseMs: 30_000, paused: false, ...settings };
    this.#events = [{ kind: 'capacity', capacity, priorities }];
  }

  choose(news: readonly News[], now: number): Choice {
    for (const one of news) this.#hear(one, now);
    const granted: Job[] = [];
    const expired: Job[] = [];
    for (;;) {
      const { state, decisions, wakeAt, refill } = step(this.#state, this.#events, now);
      this.#state = state;
      this.#events = [];
      for (const decision of decisions) this.#apply(decision, { granted, expired, now });
      for (const name of refill) this.#tell(this.#laneOf(name));
      if (this.#events.length === 0) return { granted, expired, wakeAt };
    }
  }

  foresee(job: Job, now: number): number | null {
    const name = laneNameOf(job);
    const lane = this.#laneOf(name);
    if (this.#outlook === undefined || now - this.#outlook.at >= OUTLOOK_EVERY_MS) this.#outlook = outlookOf(this.#state, now);
    return foretell(this.#outlook, { lane: name, priority: job.priority.name, index: lane.jobs.size - 1, place: lane.places.get(idOf(job)) ?? 0 }, now).etaMs;
  }

  #hear(news: News, now: number): void {
    const { job } = news;
    switch (news.kind) {
      case 'arrived': return this.#join(job);
      case 'sent': return void this.#events.push({ kind: 'sent', permit: this.#grantOf(job).permit, arrivedAt: news.arrivedAt });
      case 'ended': {
        const { arrivedAt, endedAt, inputTokens, outputTokens } = news;
        const { permit, reservation, grantedAt } = this.#grantOf(job);
        this.#grants.delete(job.id);
        this.#jobs.delete(idOf(job));
        this.#events.push(
          { kind: 'heard', permit, model: MODEL, answer: 'ok', grantedAt, sentAt: grantedAt, at: arrivedAt, readings: [] },
          { kind: 'settled', permit, reservation, arrivedAt, endedAt, inputTokens, outputTokens },
        );
        return this.#learn(job, news);
      }
      case 'refused': {
        const { permit, reservation, grantedAt } = this.#grantOf(job);
        this.#events.push(
          { kind: 'heard', permit, model: MODEL, answer: 'refused', grantedAt, sentAt: grantedAt, at: now, readings: [] },
          { kind: 'settled', permit, reservation, arrivedAt: now, endedAt: now, inputTokens: 0, outputTokens: 0 },
          { kind: 'cooldown', until: now + news.retryAfterMs },
        );
        const lane = this.#laneOf(laneNameOf(job));
        lane.jobs = new Map([[idOf(job), job], ...lane.jobs]);
        return this.#tell(lane);
      }
      default: return news satisfies never;
    }
  }

  /** As the scheduler app does: from calls of which something is known. */
  #learn({ bodyBytes }: Job, { inputTokens, outputTokens }: Extract<News, { kind: 'ended' }>): void {
    if (bodyBytes === 0 || (inputTokens === null && outputTokens === null)) return;
    this.#learned = learn(this.#learned, { bodyBytes, inputTokens, outputTokens });
    this.#events.push({ kind: 'taught', model: MODEL, learned: this.#learned });
  }

  #join(job: Job): void {
    const lane = this.#laneOf(laneNameOf(job));
    lane.jobs.set(idOf(job), job);
    lane.places.set(idOf(job), lane.places.size);
    this.#jobs.set(idOf(job), job);
    if (lane.told < ENOUGH_HEADS) this.#tell(lane);
    else this.#events.push({ kind: 'joined', lane: lane.name, jobs: 1 });
  }

  #apply(decision: Decision, { granted, expired, now }: { granted: Job[]; expired: Job[]; now: number }): void {
    // Whatever is granted here is on its way at once: the core is told that it comes too late.
    if (decision.kind === 'withdraw') return void this.#events.push({ kind: 'claimed', permit: decision.permit });
    const job = this.#jobs.get(decision.head);
    if (job === undefined) throw new Error(`the core decides about ${decision.head}, which is not there`);
    const lane = this.#laneOf(decision.lane);
    lane.jobs.delete(decision.head);
    lane.told -= 1;
    if (decision.kind === 'expire') {
      this.#jobs.delete(decision.head);
      return void expired.push(job);
    }
    this.#grants.set(job.id, { ...decision, grantedAt: now });
    granted.push(job);
  }

  #tell(lane: Lane): void {
    const heads: Head[] = [];
    for (const job of lane.jobs.values()) {
      if (heads.length === HEADS) break;
      heads.push(headOf(job, lane.places.get(idOf(job)) ?? 0));
    }
    lane.told = heads.length;
    const [first] = lane.jobs.values();
    if (first === undefined) return;
    const { priority, tenant, weight } = first;
    const told: LaneHeads = { lane: lane.name, priority: priority.name, rank: priority.rank, tenant, weight, heads, waiting: lane.jobs.size };
    this.#events.push({ kind: 'lane', lane: told });
  }

  #laneOf(name: string): Lane {
    const lane = this.#lanes.get(name) ?? { name, jobs: new Map<string, Job>(), places: new Map<string, number>(), told: 0 };
    this.#lanes.set(name, lane);
    return lane;
  }

  #grantOf(job: Job): Grant {
    const grant = this.#grants.get(job.id);
    if (grant === undefined) throw new Error(`news of job ${job.id}, which was not granted`);
    return grant;
  }
}

const laneNameOf = ({ priority, tenant }: Job): string => `${priority.name}/${tenant}`;
const idOf = ({ id }: Job): string => `job${String(id).padStart(8, '0')}-1`;
const headOf = (job: Job, place: number): Head => ({
  id: idOf(job), model: MODEL, inputTokens: job.inputTokens, outputTokens: job.outputTokens,
  maximumOutputTokens: job.maximumOutputTokens, ...(job.bodyBytes === 0 ? {} : { bodyBytes: job.bodyBytes }), createdAt: job.createdAt, startBy: job.startBy, notBefore: 0, place,
});
