/** What is compared: something that answers chat completions from the scenario's provider. */
import type { Target } from '../load/plan.ts';
import type { NamedProcess } from '../processes.ts';
import type { Provider } from '../provider/provider.ts';

export interface System {
  readonly name: string;
  /** Starts it in front of the provider; resolves when it answers. */
  start(order: StartOrder): Promise<RunningSystem>;
}

export interface StartOrder {
  readonly provider: Provider;
  /** What the provider allows, in the words of sluice.yaml, for systems that want to know. */
  readonly limits: readonly string[];
  /** A folder of its own for what it keeps; gone afterwards. */
  readonly folder: string;
  readonly profile: boolean;
}

export interface RunningSystem {
  readonly target: Target;
  /** Everything that was started for it, by name; empty for the direct line. */
  processes(): readonly NamedProcess[];
  stop(): Promise<void>;
}
