/**
 * Redis' clock, read locally: a monotonic clock plus an offset that is measured again and again. Permits, windows and
 * deadlines all use it, so that a host whose clock is stepped changes nothing.
 */
import type { Redis } from 'ioredis';

const SAMPLE_EVERY_MS = 2_000;
const SAMPLES = 10;
/** `now` is told in whole milliseconds. */
const ROUNDING_MS = 0.5;

interface Sample { readonly offset: number; readonly errorMs: number }

export interface RedisClock {
  now(): number;
  /** Half the round trip of the best recent sample, and the rounding: how far off `now` may be. */
  errorMs(): number;
  stop(): void;
}

export async function startClock(redis: Redis): Promise<RedisClock> {
  const samples: Sample[] = [];
  const sample = async () => {
    const before = performance.now();
    const [seconds, micros] = await redis.time();
    const after = performance.now();
    samples.push({ offset: Number(seconds) * 1000 + Number(micros) / 1000 - (before + after) / 2, errorMs: (after - before) / 2 });
    if (samples.length > SAMPLES) samples.shift();
  };
  const best = () => samples.reduce((a, b) => (b.errorMs < a.errorMs ? b : a));
  for (let i = 0; i < 3; i += 1) await sample();
  let current = best();
  const timer = setInterval(() => {
    // Away for a moment: the old offset goes on being right, and the connection tells its own trouble.
    sample().then(() => { current = best(); }, () => undefined);
  }, SAMPLE_EVERY_MS);
  timer.unref();
  return { now: () => Math.round(performance.now() + current.offset), errorMs: () => current.errorMs + ROUNDING_MS, stop: () => clearInterval(timer) };
}
