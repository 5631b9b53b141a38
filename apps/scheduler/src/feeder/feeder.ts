/**
 * The feeder: moves kept jobs from Postgres into lanes, a bounded number ahead of what the lanes use, and puts back what Redis
 * has lost. One in an installation, by a fenced lease; every step may be repeated by the next one:
 *
 *   take (Postgres) ──▶ put (Redis) ──▶ mark (Postgres)
 *
 * A row that is put and not marked is put again, which changes nothing; one that became final meanwhile is stopped.
 */
import type { Job, Logger, Part } from '@sluice/domain';
import { crashPoint, type Epoch, type FeederRole } from '@sluice/queue';
import type { KeptJobs, WaitingJob } from '@sluice/store';
import { ENDED_MEANWHILE, expireOverdue } from './deadlines.ts';
import { Searcher } from './searcher.ts';
import { Windows } from './windows.ts';

export interface FeederOptions {
  readonly role: FeederRole;
  readonly jobs: KeptJobs;
  /** Epoch ms of Redis. */
  readonly now: () => number;
  readonly log: Logger;
}

const LEASE_MS = 5_000;
const UPKEEP_EVERY_MS = 1_000;
/** Without a wake: what was accepted is found by itself. */
const LOOK_EVERY_MS = 250;
/** Jobs that are accepted together are fed together. */
const GATHER_MS = 5;

export class Feeder implements Part {
  readonly #options: FeederOptions;
  readonly #windows = new Windows();
  readonly #searcher: Searcher;
  readonly #running: Promise<void>;
  #fence: number | undefined;
  #epoch: Epoch | undefined;
  #upkeepAt = 0;
  #stopped = false;
  #awake = false;
  #wake: (() => void) | undefined;

  constructor(options: FeederOptions) {
    this.#options = options;
    this.#searcher = new Searcher(options);
    this.#running = this.#run();
  }

  wake(): void {
    this.#awake = true;
    this.#wake?.();
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    this.wake();
    await this.#running;
    if (this.#fence !== undefined) await this.#options.role.renew(this.#fence, 0).catch(() => undefined); // it ends by itself
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      let more = false;
      try {
        more = await this.#round();
      } catch (error) {
        this.#options.log.warn({ error }, 'kept jobs could not be fed; tried again');
      }
      if (!more) await this.#sleep();
    }
  }

  /** True: there may be more to feed at once. */
  async #round(): Promise<boolean> {
    const { role } = this.#options;
    if (this.#fence === undefined || performance.now() >= this.#upkeepAt) {
      this.#upkeepAt = performance.now() + UPKEEP_EVERY_MS;
      if (!await this.#hold()) return false;
      await this.#upkeep();
    }
    if (!this.#epoch || role.pressure().kind !== 'none') return false;
    return this.#feed(this.#epoch);
  }

  async #hold(): Promise<boolean> {
    const { role, log } = this.#options;
    if (this.#fence !== undefined && await role.renew(this.#fence, LEASE_MS)) return true;
    this.#fence = await role.acquire(LEASE_MS);
    if (this.#fence !== undefined) log.info({ fence: this.#fence }, 'feeds kept jobs');
    return this.#fence !== undefined;
  }

  async #upkeep(): Promise<void> {
    const { role, jobs, now } = this.#options;
    this.#epoch = await role.epoch();
    this.#windows.refresh(await jobs.inLanes(now()));
    await expireOverdue(this.#options);
    await this.#searcher.look(this.#epoch);
  }

  async #feed(epoch: Epoch): Promise<boolean> {
    const { jobs, now } = this.#options;
    const asked = this.#windows.questions(await jobs.waitingFeeds(now()));
    if (asked.length === 0) return false;
    const taken = await jobs.take(asked, now());
    const more = this.#windows.taken(asked, taken);
    return taken.length > 0 && await this.#put(taken, epoch) && more;
  }

  /** False: the lease was lost. */
  async #put(taken: readonly WaitingJob[], epoch: Epoch): Promise<boolean> {
    const { role, jobs } = this.#options;
    if (this.#fence === undefined || !await role.put(this.#fence, taken)) {
      this.#fence = undefined;
      return false;
    }
    crashPoint('feed:put');
    const marked = await jobs.markEnqueued(taken.map(({ job }) => job.id), epoch.name);
    crashPoint('feed:marked');
    const ended: readonly Job[] = taken.map(({ job }) => job).filter(({ id }) => !marked.has(id));
    for (const job of ended) await role.end(job, 'client', ENDED_MEANWHILE);
    return true;
  }

  async #sleep(): Promise<void> {
    if (!this.#awake && !this.#stopped) {
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, LOOK_EVERY_MS);
        this.#wake = () => { clearTimeout(timer); resolve(); };
      });
    }
    if (this.#awake && !this.#stopped) await new Promise((resolve) => { setTimeout(resolve, GATHER_MS); });
    this.#awake = false;
  }
}
