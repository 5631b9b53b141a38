/** What a scenario is given, and what it answers. */
import type { Generator } from '../load/generator.ts';
import type { Options } from '../options.ts';
import type { NamedProcess } from '../processes.ts';
import type { Provider, ProviderOptions } from '../provider/provider.ts';
import type { RunningSystem, System } from '../systems/system.ts';
import type { Table } from '../table.ts';

export interface Bench {
  readonly options: Options;
  readonly generator: Generator;
  /** One line on standard error about what goes on. */
  say(line: string): void;
  /** What is started is stopped at the end of the run, or before it by `stop`. */
  startProvider(options: ProviderOptions): Promise<Provider>;
  startSystem(system: System, provider: Provider, limits: readonly string[]): Promise<RunningSystem>;
  /** Starts or ends the CPU profiles of a system's apps; does nothing without `--profile`. */
  toggleProfiles(processes: readonly NamedProcess[]): void;
}

export interface Answer {
  readonly table: Table;
  /** Everything that was measured, each round of it, as JSON. */
  readonly figures: unknown;
}

export interface Scenario {
  /** What `npm run bench -- NAME` prints of it in its help. */
  readonly question: string;
  run(bench: Bench): Promise<Answer>;
}
