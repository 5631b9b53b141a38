/** The systems of a comparison, all started, each in front of a provider of its own, and measured in turn. */
import type { Provider, ProviderOptions } from '../provider/provider.ts';
import type { RunningSystem, System } from '../systems/system.ts';
import type { Usage } from '../watch.ts';
import type { Bench } from './scenario.ts';

export interface Contestant {
  readonly name: string;
  readonly provider: Provider;
  readonly running: RunningSystem;
}

export interface LineUp {
  readonly systems: readonly System[];
  readonly provider: ProviderOptions;
  /** As in sluice.yaml. */
  readonly limits: readonly string[];
}

/** A limit that binds nobody, so that every part of admission is at work and nothing waits. */
export const UNBOUND = ['requests: 100000000, per: 60s', 'total_tokens: 100000000000, per: 60s', 'concurrency: 100000'] as const;

export async function lineUp(bench: Bench, order: LineUp): Promise<readonly Contestant[]> {
  const contestants: Contestant[] = [];
  for (const system of chosen(bench, order.systems)) {
    const provider = await bench.startProvider(order.provider);
    bench.say(`starting ${system.name}`);
    contestants.push({ name: system.name, provider, running: await bench.startSystem(system, provider, order.limits) });
  }
  return contestants;
}

export function chosen(bench: Bench, systems: readonly System[]): readonly System[] {
  const { systems: names } = bench.options;
  for (const name of names ?? []) {
    if (!systems.some((system) => system.name === name)) throw new Error(`--systems: this scenario knows ${systems.map((system) => system.name).join(', ')}, not ${name}`);
  }
  return systems.filter(({ name }) => names === null || names.includes(name));
}

/** A B A B …: so that whatever else the machine does meets all of them alike. Results by name, one per round. */
export async function inTurn<T>(
  rounds: number, contestants: readonly Contestant[], measure: (contestant: Contestant, round: number) => Promise<T>,
): Promise<ReadonlyMap<string, readonly T[]>> {
  const results = new Map<string, T[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const contestant of contestants) results.get(contestant.name)?.push(await measure(contestant, round));
  }
  return results;
}

/** `ingress 0.41 · worker 0.30`, the busiest first; what uses next to nothing is left out. */
export function showUsage(figures: Usage['cores'], digits: number, least: number): string {
  return Object.entries(figures).filter(([, value]) => value >= least).sort(([, a], [, b]) => b - a)
    .map(([name, value]) => `${name} ${value.toFixed(digits)}`).join(' · ');
}

