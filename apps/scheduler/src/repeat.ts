/** Does work again and again, `ms` apart, never twice at once. */
import type { Part } from '@sluice/domain';

export function repeat(ms: number, work: () => Promise<void>, failed: (error: unknown) => void): Part {
  let timer: NodeJS.Timeout | undefined;
  let running: Promise<void> = Promise.resolve();
  let stopped = false;
  const schedule = () => {
    timer = setTimeout(() => {
      running = work().catch(failed).finally(() => { if (!stopped) schedule(); });
    }, ms);
  };
  schedule();
  return { stop: async () => { stopped = true; clearTimeout(timer); await running; } };
}
