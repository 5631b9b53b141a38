import { setTimeout as pause } from 'node:timers/promises';

export interface Wait {
  readonly forMs: number;
  readonly everyMs?: number;
  /** Ends the wait early, as when the process waited for has died. */
  readonly unless?: () => boolean;
}

/** Asks again until `check` is true. False when the time is up, or when there is nothing left to wait for. */
export async function waitUntil(
  check: () => Promise<boolean> | boolean,
  { forMs, everyMs = 25, unless }: Wait,
): Promise<boolean> {
  const end = performance.now() + forMs;
  for (;;) {
    if (await check()) return true;
    if (unless?.() || performance.now() >= end) return false;
    await pause(everyMs);
  }
}
