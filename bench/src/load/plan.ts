/** What the load generator is told, and what it tells. Times are milliseconds; those of calls count from the start of the load. */

/** Where to send: the provider itself, or a gateway in front of it. */
export interface Target {
  /** `http://127.0.0.1:PORT`. */
  readonly origin: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly model: string;
}

export type Arrivals =
  /** Open loop: each call has its time, whatever became of those before it. */
  | { readonly kind: 'open'; readonly at: readonly number[] }
  /** Closed loop: so many in flight, the next when one ends. Only for the question of the highest throughput. */
  | { readonly kind: 'closed'; readonly inFlight: number; readonly forMs: number };

export interface Tokens {
  readonly input: number;
  readonly output: number;
}

export type Bodies =
  /** Chat requests of about so many bytes. */
  | { readonly kind: 'bytes'; readonly bytes: number; readonly outputTokens: number }
  /** One for each arrival, in its order, each counted by the simulator as exactly these tokens. */
  | { readonly kind: 'tokens'; readonly each: readonly Tokens[]; /** Does the request state its output as its maximum? Default: it does. */ readonly stated?: boolean };

export interface LoadPlan {
  readonly target: Target;
  readonly arrivals: Arrivals;
  readonly bodies: Bodies;
  readonly stream: boolean;
  /** A call that has not ended so long after its scheduled time is given up. */
  readonly patienceMs: number;
}

/** Status of a call that got no answer: the connection broke, or the client's patience ended. */
export const BROKEN = 0;
export const GAVE_UP = -1;

/** One entry per call, in order of arrival; NaN where it never came so far. */
export interface LoadResult {
  readonly scheduledAt: Float64Array;
  readonly sentAt: Float64Array;
  /** First byte of the body; of a stream, its first event with content. */
  readonly firstAt: Float64Array;
  readonly endedAt: Float64Array;
  readonly status: Int16Array;
  /** Of streams: events with content that arrived, each the next after the one before. */
  readonly events: Int32Array;
  /** 1 where the answer is whole: a 2xx whose body ended, and of a stream with `[DONE]` and without a gap. */
  readonly whole: Uint8Array;
  /** Of all events with content: from the simulator's stamp to their arrival here. */
  readonly eventDelays: Float32Array;
  /** Reasons of what failed, with their count. */
  readonly failures: Readonly<Record<string, number>>;
  readonly wallMs: number;
  /** The generator's own CPU time: near the wall time, it was the bottleneck and the figures are void. */
  readonly cpuMs: number;
}

/** `stalled`: open streams, read their beginning, then stop reading for a while, then read on to the end. */
export interface StalledPlan {
  readonly target: Target;
  readonly streams: number;
  readonly outputTokens: number;
  readonly stalledMs: number;
  readonly patienceMs: number;
}

export interface StalledResult {
  readonly begun: number;
  /** Ended with `[DONE]`, with an error event, or by a broken connection. */
  readonly whole: number;
  readonly withError: number;
  readonly broken: number;
  readonly bytes: number;
}

export type Order = { readonly kind: 'load'; readonly plan: LoadPlan } | { readonly kind: 'stalled'; readonly plan: StalledPlan };
export type Report =
  | { readonly kind: 'load'; readonly result: LoadResult }
  /** All streams have begun and nobody reads any more. */
  | { readonly kind: 'stalling' }
  | { readonly kind: 'stalled'; readonly result: StalledResult }
  | { readonly kind: 'failed'; readonly reason: string };
