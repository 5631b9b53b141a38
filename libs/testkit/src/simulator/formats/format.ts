/**
 * A wire format that the simulator speaks. Each is a folder of its own beside this file; the server, limits, faults and
 * the oracle know nothing of bodies, and a format knows nothing of them.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { SaidUsage } from '../faults/rule.ts';
import type { LimitState, Refusal } from '../limits/enforcer.ts';

/** Why a request is not answered, in no format's words. */
export type Failure =
  | { readonly kind: 'no_key' }
  | { readonly kind: 'bad_key'; readonly key: string }
  | { readonly kind: 'not_json' }
  | { readonly kind: 'invalid'; readonly message: string; readonly param: string | null; readonly code: string | null }
  | { readonly kind: 'no_model'; readonly model: string }
  | { readonly kind: 'unknown_url'; readonly method: string; readonly path: string }
  | { readonly kind: 'wrong_method'; readonly method: string; readonly path: string }
  | { readonly kind: 'too_large'; readonly limitBytes: number }
  | { readonly kind: 'over_limit'; readonly refusal: Refusal; readonly model: string }
  | { readonly kind: 'throttled'; readonly retryAfterMs: number }
  | { readonly kind: 'server'; readonly status: number };

/** A whole answer, ready to be sent. */
export interface Said {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface StreamEvent {
  readonly text: string;
  /** Output tokens produced with it. */
  readonly tokens: number;
}

/** A request that was understood, and the answer to it that is already decided. */
export interface Prepared {
  readonly model: string;
  readonly stream: boolean;
  readonly inputTokens: number;
  /** What the answer will have. */
  readonly outputTokens: number;
  /** The request's own maximum, over all choices; without one, what the answer will have. */
  readonly maxOutputTokens: number;
  /** The whole body, saying this usage, or none. */
  body(usage: SaidUsage | null): string;
  /** The whole stream, its terminator included. */
  events(usage: SaidUsage | null): readonly StreamEvent[];
}

/** What an answer is made from besides the request. */
export interface Given {
  readonly seed: number;
  readonly call: number;
  /** Epoch ms. */
  readonly now: number;
  /** From the header `x-simulate-output-tokens`. */
  readonly wantedOutputTokens: number | null;
}

export interface WireFormat {
  readonly id: string;
  speaks(path: string): boolean;
  keyOf(headers: IncomingHttpHeaders): string | null;
  /** `json` is the parsed body. */
  prepare(json: unknown, given: Given): Prepared | Failure;
  failure(failure: Failure): Said;
  /** Headers of every answer. */
  headers(said: { readonly requestId: string; readonly tookMs: number }): Record<string, string>;
  limitHeaders(states: readonly LimitState[]): Record<string, string>;
  readonly streamType: string;
  /** An error in the middle of a stream; `body` replaces the format's own. */
  errorEvent(body: unknown): string;
}

export const isFailure = (result: Prepared | Failure): result is Failure => 'kind' in result;
