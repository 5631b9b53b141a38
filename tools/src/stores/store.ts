/** A store that was found or started: what its users need, what the screen says, and how it ends. */
import type { Home } from '../home.ts';
import type { Keeper } from '../processes/kept-process.ts';

export interface Store {
  readonly url: string;
  /** One sentence for the screen: which store this is, and why. */
  readonly how: string;
  /** Stops what was started; a store that was found is left alone. */
  stop(hurry?: AbortSignal): Promise<void>;
}

export interface StoreContext extends Keeper {
  readonly env: NodeJS.ProcessEnv;
  readonly home: Home;
  /** False trades durability for speed: right for tests, wrong for everything else. */
  readonly durable: boolean;
  /** Where a store's own output goes, a line at a time. */
  readonly logTo: (name: string) => (line: string) => void;
}

/** A store that cannot be had. The message says what to install or set. */
export class StoreUnavailable extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause });
    this.name = 'StoreUnavailable';
  }
}

/** A store somebody else runs. */
export const found = (url: string, how: string): Store => ({ url, how, stop: async () => undefined });
