/** A limit under three times the load it allows, and what the provider's own count says of it. */
import type { OracleReport } from '@sluice/testkit';
import { evenly } from '../load/arrivals.ts';
import type { Bodies } from '../load/plan.ts';
import { summaryOf, type Summary } from '../load/summary.ts';
import type { Provider, ProviderOptions } from '../provider/provider.ts';
import { sluice } from '../systems/sluice.ts';
import type { RunningSystem } from '../systems/system.ts';
import type { Bench } from './scenario.ts';

export type Limit = ProviderOptions['limits'][number];

/** How late a request may arrive on loopback: a permit is counted so much longer than the provider counts its call. */
export const GUARD_MS = 100;
/** Clients give up after this, so that the run ends not long after the load. */
const PATIENCE_MS = 30_000;

export interface Overload {
  readonly provider: Omit<ProviderOptions, 'eventEveryMs'>;
  /** As Sluice is told; default: what the provider enforces. */
  readonly told?: readonly string[];
  readonly perSecond: number;
  readonly seconds: number;
  readonly bodies: Bodies;
  /** From so long after the first send on the limit is to be used; the whole windows from there are counted. */
  readonly countFromMs?: number;
  /** While the load runs. `startedAt`: epoch ms of its first send. */
  readonly meanwhile?: (scene: { readonly provider: Provider; readonly running: RunningSystem; readonly startedAt: number }) => Promise<void>;
}

export interface Overloaded {
  readonly summary: Summary;
  /** Utilisation over the whole windows, backlogged, from `countFromMs` on. */
  readonly report: OracleReport;
  readonly startedAt: number;
}

/** Fresh for each case: a window of the last one must not weigh on the next. `after` is asked before anything stops. */
export async function overload<T>(bench: Bench, order: Overload, after: (provider: Provider, result: Overloaded) => Promise<T>): Promise<T> {
  const provider = await bench.startProvider({ eventEveryMs: 0, ...order.provider });
  const running = await bench.startSystem(sluice, provider, order.told ?? order.provider.limits.map(inWords));
  const startedAt = Date.now();
  const [result] = await Promise.all([
    bench.generator.run({
      target: running.target, arrivals: { kind: 'open', at: evenly(order.perSecond, order.seconds) }, bodies: order.bodies, stream: false, patienceMs: PATIENCE_MS,
    }),
    order.meanwhile?.({ provider, running, startedAt }),
  ]);
  const windowMs = Math.max(...order.provider.limits.map((limit) => limit.windowMs));
  const fromMs = startedAt + (order.countFromMs ?? 0);
  const windows = Math.max(1, Math.floor((startedAt + order.seconds * 1000 - fromMs) / windowMs));
  const report = await provider.oracle({ fromMs, toMs: fromMs + windows * windowMs });
  const answer = await after(provider, { summary: summaryOf(result), report, startedAt });
  await running.stop();
  await provider.stop();
  return answer;
}

/** As in sluice.yaml. */
export const inWords = ({ dimension, amount, windowMs, window, paceMs }: Limit): string =>
  `${dimension}: ${amount}, per: ${windowMs}ms, window: ${window}${paceMs === undefined ? '' : `, pace: ${paceMs}ms`}`;

/** The best that a permit counted from its grant to one window after its latest arrival allows. */
export const bestUse = ({ windowMs, paceMs }: Limit): number => (paceMs ?? windowMs) / ((paceMs ?? windowMs) + GUARD_MS);

export const percent = (share: number | null | undefined): string => (share === null || share === undefined ? '–' : (share * 100).toFixed(1));

/** The cases of a scenario, or those asked for by name. */
export function casesOf<T extends { readonly name: string }>(bench: Bench, cases: readonly T[]): readonly T[] {
  const { only } = bench.options;
  for (const name of only ?? []) {
    if (!cases.some((each) => each.name === name)) throw new Error(`--only: this scenario knows ${cases.map((each) => each.name).join(', ')}, not ${name}`);
  }
  return cases.filter(({ name }) => only === null || only.includes(name));
}
