/** Waiting in a test for a state of the world, with a bound and a name. */
import { setTimeout as delay } from 'node:timers/promises';

export interface Wait {
  readonly withinMs: number;
  /** Named in the error when it does not come true: "the scheduler takes over". */
  readonly what: string;
  readonly everyMs?: number;
}

/** The first truthy answer of `condition`. @throws Error naming `what` when there is none in time; what `condition` throws */
export async function waitFor<T>(
  condition: () => T | Promise<T>, { withinMs, what, everyMs = 10 }: Wait,
): Promise<NonNullable<T>> {
  const until = performance.now() + withinMs;
  for (;;) {
    const answer = await condition();
    if (answer) return answer;
    if (performance.now() >= until) throw new Error(`waited ${withinMs} ms in vain: ${what}`);
    await delay(everyMs);
  }
}
