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
  /** Models whose circuit is open (`*`: the connection), and until when. */
  readonly circuits: readonly { readonly model: string; readonly until: number | null; readonly forced: boolean }[];
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
  /** As configured. */
  readonly amount: number;
  /** What is held to now, by the provider's own word or after refusals. */
  readonly effective: number;
  readonly used: number;
}
