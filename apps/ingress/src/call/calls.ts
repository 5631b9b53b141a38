/** All calls that are open in this process: frames find theirs, and one timer ticks for all of them. */
import type { EndError, Frame, Part } from '@sluice/domain';
import type { Call } from './call.ts';

const TICK_MS = 250;

export class Calls implements Part {
  /** Several may wait for one job. */
  readonly #open = new Map<string, Set<Call>>();
  readonly #timer = setInterval(() => this.#tick(), TICK_MS);
  #empty: (() => void) | undefined;

  get size(): number {
    return this.#all().length;
  }

  add(call: Call): void {
    const others = this.#open.get(call.job.id);
    if (others) others.add(call);
    else this.#open.set(call.job.id, new Set([call]));
  }

  remove(call: Call): void {
    const waiting = this.#open.get(call.job.id);
    waiting?.delete(call);
    if (waiting?.size === 0) this.#open.delete(call.job.id);
    if (this.#open.size === 0) this.#empty?.();
  }

  /** Frames of jobs that nobody waits for here any more are nobody's. */
  receive(frames: readonly Frame[]): void {
    for (const frame of frames) {
      const waiting = this.#open.get(frame.job);
      if (waiting) for (const call of [...waiting]) call.receive(frame);
    }
  }

  failAll(error: EndError): void {
    for (const call of this.#all()) call.fail(error);
  }

  /** Resolves when no call is open, or after the grace. Their connections are closed behind their answers. */
  drained(graceMs: number): Promise<void> {
    for (const call of this.#all()) call.hangUpAfter();
    if (this.#open.size === 0) return Promise.resolve();
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, graceMs);
      this.#empty = () => {
        clearTimeout(timer);
        resolve();
      };
    });
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
  }

  #tick(): void {
    for (const call of this.#all()) call.tick();
  }

  #all(): readonly Call[] {
    return [...this.#open.values()].flatMap((waiting) => [...waiting]);
  }
}
