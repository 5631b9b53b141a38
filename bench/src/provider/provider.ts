/** The provider of a scenario: the simulator in a process of its own, and its oracle, the only count that is believed. */
import { fork } from 'node:child_process';
import type { OracleReport, Simulator, SimulatorOptions } from '@sluice/testkit';
import { moduleBeside } from '../paths.ts';
import type { NamedProcess } from '../processes.ts';
import { asOne } from '../watch.ts';

export interface ProviderOptions {
  readonly limits: NonNullable<SimulatorOptions['limits']>;
  readonly latencyMs: number;
  /** Between the events of a stream; 0: as fast as the client reads. */
  readonly eventEveryMs: number;
  readonly counting?: NonNullable<SimulatorOptions['counting']>;
  readonly script?: NonNullable<SimulatorOptions['script']>;
}

type Limits = ProviderOptions['limits'];
type Span = NonNullable<Parameters<Simulator['oracle']>[0]>;

export interface Provider {
  /** `http://127.0.0.1:PORT`; its API begins under `/v1`. */
  readonly origin: string;
  readonly model: string;
  /** Everything since the last reset, recounted; with a span, utilisation over exactly that. */
  oracle(span?: Span): Promise<OracleReport>;
  /** When each call arrived since the last reset, epoch ms, and whether it was refused or answered by a fault. */
  arrivals(): Promise<readonly Arrival[]>;
  setLimits(limits: Limits): Promise<void>;
  /** Forgets all calls and what they used of the limits. */
  reset(): Promise<void>;
  processes(): readonly NamedProcess[];
  stop(): Promise<void>;
}

export interface Arrival {
  readonly at: number;
  readonly outcome: 'open' | 'answered' | 'refused' | 'rejected' | 'faulted' | 'client_gone';
}

export type ProviderOrder = { readonly kind: 'start'; readonly options: SimulatorOptions } | { readonly kind: 'oracle'; readonly span: Span | undefined }
  | { readonly kind: 'arrivals' } | { readonly kind: 'limits'; readonly limits: Limits } | { readonly kind: 'reset' };
export type ProviderReport =
  | { readonly kind: 'started'; readonly port: number }
  | { readonly kind: 'oracle'; readonly report: OracleReport }
  | { readonly kind: 'arrivals'; readonly arrivals: readonly Arrival[] }
  | { readonly kind: 'limits' }
  | { readonly kind: 'reset' };

export async function startProvider({ limits, latencyMs, eventEveryMs, counting, script }: ProviderOptions): Promise<Provider> {
  const child = fork(moduleBeside(import.meta.url, './main'));
  const ask = <K extends ProviderReport['kind']>(order: ProviderOrder, kind: K) => new Promise<Extract<ProviderReport, { kind: K }>>((resolve, reject) => {
    const onExit = () => reject(new Error('the simulator ended'));
    child.once('exit', onExit);
    child.once('message', (report: ProviderReport) => { // its own module, and one order at a time
      child.off('exit', onExit);
      if (isOf(report, kind)) resolve(report);
      else reject(new Error(`the simulator answered ${report.kind} to ${order.kind}`));
    });
    child.send(order);
  });
  const options = { limits, latencyMs, chunkEveryMs: eventEveryMs, stampEvents: true, ...(counting && { counting }), ...(script && { script }) };
  const { port } = await ask({ kind: 'start', options }, 'started');
  return {
    origin: `http://127.0.0.1:${port}`,
    model: 'simulator',
    oracle: async (span) => (await ask({ kind: 'oracle', span }, 'oracle')).report,
    arrivals: async () => (await ask({ kind: 'arrivals' }, 'arrivals')).arrivals,
    setLimits: async (next) => void (await ask({ kind: 'limits', limits: next }, 'limits')),
    reset: async () => void (await ask({ kind: 'reset' }, 'reset')),
    processes: () => asOne(child.pid ?? 0, 'simulator'),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.disconnect();
      await exited;
    },
  };
}

const isOf = <K extends ProviderReport['kind']>(report: ProviderReport, kind: K): report is Extract<ProviderReport, { kind: K }> => report.kind === kind;
