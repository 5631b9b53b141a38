/**
 * Looks for rows that Postgres believes to be in Redis and that are not: all of them after Redis began a new epoch, and a slice
 * at a time always, because memory can be lost in other ways. What is lost waits again, as its next generation.
 */
import type { Epoch } from '@sluice/queue';
import type { FeederOptions } from './feeder.ts';

/** For workers that live to put back the attempts they are making. */
const SETTLE_MS = 6_000;
const AT_ONCE = 1_000;
const LOOK_EVERY_MS = 5_000;

export class Searcher {
  readonly #options: FeederOptions;
  #lookAt = 0;
  #after = '';
  /** Absent at the last look: absent at the next one too, they are lost. */
  #missed = new Set<string>();

  constructor(options: FeederOptions) {
    this.#options = options;
  }

  async look(epoch: Epoch): Promise<void> {
    const settled = this.#options.now() - epoch.beganAt >= SETTLE_MS;
    if (!settled || performance.now() < this.#lookAt) return;
    this.#lookAt = performance.now() + LOOK_EVERY_MS;
    await this.#takeBackOthers(epoch);
    await this.#searchSlice(epoch);
  }

  async #takeBackOthers({ name }: Epoch): Promise<void> {
    const { role, jobs, now, log } = this.#options;
    for (;;) {
      const ids = await jobs.enqueued({ epoch: name, which: 'others', after: '', limit: AT_ONCE }, now());
      if (ids.length === 0) return;
      const lost = new Set(await role.absent(ids));
      await jobs.takeBack({ lost: [...lost], held: ids.filter((id) => !lost.has(id)) });
      log.warn({ lost: lost.size, held: ids.length - lost.size }, 'kept jobs of an earlier epoch are put back');
    }
  }

  async #searchSlice({ name }: Epoch): Promise<void> {
    const { role, jobs, now, log } = this.#options;
    const ids = await jobs.enqueued({ epoch: name, which: 'this', after: this.#after, limit: AT_ONCE }, now());
    this.#after = ids.length < AT_ONCE ? '' : ids.at(-1) ?? '';
    const absent = await role.absent(ids);
    const lost = absent.filter((id) => this.#missed.has(id));
    for (const id of ids) this.#missed.delete(id);
    for (const id of absent) if (!lost.includes(id)) this.#missed.add(id);
    if (this.#after === '' && ids.length === 0) this.#missed.clear();
    if (lost.length === 0) return;
    await jobs.takeBack({ lost, held: [] });
    log.warn({ lost: lost.length }, 'kept jobs that Redis has lost are put back');
  }
}
