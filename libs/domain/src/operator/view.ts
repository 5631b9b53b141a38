/** What the owner of a connection tells operators each second. Stored as JSON; `v` is the version of the format. */
export interface ConnectionView {
  readonly v: 1;
  /** Epoch ms of Redis. */
  readonly at: number;
  readonly grantsPerSecond: number;
  /** Permits not settled yet. */
  readonly running: number;
  readonly lanes: readonly LaneView[];
  readonly limits: readonly LimitView[];
  /** Nothing is sent before, epoch ms; 0: no cooldown. */
  readonly cooldownUntil: number;
  readonly circuits: readonly CircuitView[];
}

/** A circuit that is open: no calls go there. */
export interface CircuitView {
  /** `*`: all of the connection. */
  readonly model: string;
  /** Epoch ms; null: until an operator says otherwise. */
  readonly until: number | null;
  readonly cause: 'refused' | 'failing' | 'operator';
}

export interface LaneView {
  readonly lane: string;
  readonly waiting: number;
  /** When the job at its head was accepted, epoch ms. */
  readonly oldestAt: number;
  readonly running: number;
  readonly grantedLastMinute: number;
  /** Why its head waits: the kind of what holds it back, and in words. */
  readonly reason: { readonly kind: string; readonly text: string };
}

export interface LimitView {
  readonly dimension: string;
  readonly model: string | null;
  readonly windowMs: number;
  readonly window: string;
  /** As configured; null: learned from the provider alone. */
  readonly amount: number | null;
  /** What is held to now, by the provider's own word or after refusals. */
  readonly effective: number;
  readonly used: number;
}
