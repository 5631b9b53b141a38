/** A script under way: counts calls and time since it was set, and fires the faults that go by the clock. */
import { chooseFaults, isProviderFault, isTimed, NO_FAULT, type CallFacts, type Chosen, type ProviderFault } from './choose.ts';
import type { Rule } from './rule.ts';

export interface ScriptRunner {
  /** Replaces the script; calls and time count from now. */
  set(rules: readonly Rule[]): void;
  /** The faults that the next call meets. */
  next(call: Pick<CallFacts, 'model' | 'key'>): Chosen;
  stop(): void;
}

interface RunnerPorts {
  readonly seed: number;
  readonly now: () => number;
  /** Does a fault of the whole provider. */
  readonly happen: (fault: ProviderFault) => void;
}

export function createScriptRunner({ seed, now, happen }: RunnerPorts): ScriptRunner {
  let rules: readonly Rule[] = [];
  let startedAt = now();
  let calls = 0;
  let stormUntilMs = -Infinity;
  const fired = new Set<number>();
  let timers: NodeJS.Timeout[] = [];

  const stop = (): void => {
    for (const timer of timers) clearTimeout(timer);
    timers = [];
  };
  const set = (next: readonly Rule[]): void => {
    stop();
    rules = next;
    startedAt = now();
    calls = 0;
    stormUntilMs = -Infinity;
    fired.clear();
    for (const rule of next) {
      const { fault } = rule;
      if (!isProviderFault(fault) || !isTimed(rule)) continue;
      timers.push(setTimeout(() => happen(fault), rule.when.fromMs ?? 0));
    }
  };

  return {
    set,
    stop,
    next(call) {
      if (rules.length === 0) return NO_FAULT;
      calls += 1;
      const elapsedMs = now() - startedAt;
      const chosen = chooseFaults(rules, { ...call, call: calls, elapsedMs }, { seed, fired });
      for (const fault of chosen.provider) fired.add(rules.findIndex((rule) => rule.fault === fault));
      if (elapsedMs < stormUntilMs) return { ...chosen, ending: { kind: 'throttle', retryAfterMs: stormUntilMs - elapsedMs } };
      if (chosen.ending?.kind === 'throttle' && chosen.ending.stormMs !== undefined) {
        const retryAfterMs = chosen.ending.retryAfterMs ?? chosen.ending.stormMs;
        stormUntilMs = elapsedMs + chosen.ending.stormMs;
        return { ...chosen, ending: { kind: 'throttle', retryAfterMs } };
      }
      return chosen;
    },
  };
}
