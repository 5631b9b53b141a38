/** What a system's processes use while a load runs: CPU as a share of one core, resident memory at its highest. */
import { descendantsOf, usageOf } from './processes.ts';
import type { NamedProcess, UsageByName } from './processes.ts';

export interface Usage {
  /** CPU seconds per second. */
  readonly cores: Readonly<Record<string, number>>;
  readonly residentMb: Readonly<Record<string, number>>;
}

const SAMPLE_MS = 500;

/** Starts watching; the returned function ends it and answers. */
export function watch(processes: () => readonly NamedProcess[]): () => Usage {
  const startedAt = performance.now();
  const before = usageOf(processes());
  const highest = new Map<string, number>();
  const sample = (usage: UsageByName) => {
    for (const [name, { residentMb }] of usage) highest.set(name, Math.max(residentMb, highest.get(name) ?? 0));
  };
  sample(before);
  const timer = setInterval(() => sample(usageOf(processes())), SAMPLE_MS);
  return () => {
    clearInterval(timer);
    const after = usageOf(processes());
    sample(after);
    const seconds = (performance.now() - startedAt) / 1000;
    const cores = [...after].map(([name, { cpuSeconds }]) => [name, Math.max(0, cpuSeconds - (before.get(name)?.cpuSeconds ?? 0)) / seconds]);
    return { cores: Object.fromEntries(cores), residentMb: Object.fromEntries(highest) };
  };
}

/** A process that was started here, and what it started, under one name. */
export const asOne = (pid: number, name: string): readonly NamedProcess[] => descendantsOf(pid).map((process) => ({ pid: process.pid, name }));
