/**
 * Named places after every external effect, where a test can kill or stop this process. A random kill hardly ever hits a
 * window of 100 µs; these are the windows. Nothing happens unless a test arms one.
 */
export const CRASH_POINTS = [
  'accept:committed', 'feed:put', 'feed:marked', 'enqueue:added', 'grant:moved', 'grant:applied', 'claim:claimed', 'send:before', 'send:sent',
  'end:recorded', 'settle:settled', 'finish:committed', 'finish:told', 'again:added', 'journal:drained', 'complete:before',
  'batch:lined', 'batch:written', 'webhook:sent',
] as const;
export type CrashPoint = (typeof CRASH_POINTS)[number];

let armed: { point: CrashPoint; signal: 'SIGKILL' | 'SIGSTOP'; after: number } | undefined;

/** `point/signal/n`, such as `grant:moved/SIGSTOP/3`: at the n-th passing (default the first). Throws on an unknown point. */
export function armCrashPoint(text: string): void {
  const [point, signal = 'SIGKILL', after = '1'] = text.split('/');
  const known = CRASH_POINTS.find((name) => name === point);
  if (!known || (signal !== 'SIGKILL' && signal !== 'SIGSTOP')) throw new Error(`no such crash point: ${text}`);
  armed = { point: known, signal, after: Number(after) };
}

export function crashPoint(point: CrashPoint): void {
  if (armed?.point !== point || --armed.after > 0) return;
  const { signal } = armed;
  armed = undefined;
  process.kill(process.pid, signal);
}
