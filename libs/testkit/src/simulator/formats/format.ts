/**
 * A wire format that the simulator speaks: how requests are read and answers written. Each is a folder of its own beside
 * this file; the server, limits, faults and the oracle know nothing of bodies, and a format knows nothing of them. Whose
 * headers and errors go with it is said by a manner.
 */
import type { SaidUsage } from '../faults/rule.ts';
import type { Failure } from '../manners/manner.ts';

export interface StreamEvent {
  readonly data: string | Buffer;
  /** Output tokens produced with it. */
  readonly tokens: number;
}

/** A request that was understood, and the answer to it that is already decided. */
export interface Prepared {
  readonly model: string;
  readonly stream: boolean;
  /** Of the answer, streamed or not. */
  readonly contentType: string;
  /** Only of an answer that is not streamed. */
  readonly headers?: Readonly<Record<string, string>>;
  /** What limits count. */
  readonly inputTokens: number;
  /** What the answer will have. */
  readonly outputTokens: number;
  /** The request's own maximum, over all choices; without one, what the answer will have. */
  readonly maxOutputTokens: number;
  /** Only counts or lists: no limit covers it. */
  readonly free?: boolean;
  /** The whole body, saying this usage, or none. */
  body(usage: SaidUsage | null): string;
  /** The whole stream, its terminator included. */
  events(usage: SaidUsage | null): readonly StreamEvent[];
}

/** What the address of a call says, where that is more than its format. */
export interface Address {
  readonly model: string | null;
  /** Null where the body says it. */
  readonly stream: boolean | null;
  readonly query: URLSearchParams;
}

/** What an answer is made from besides the request. */
export interface Given {
  readonly seed: number;
  readonly call: number;
  /** Epoch ms. */
  readonly now: number;
  /** From the header `x-simulate-output-tokens`. */
  readonly wantedOutputTokens: number | null;
  readonly address: Address;
  /** Has this caller sent this beginning of a prompt before? Remembers it. */
  readonly cached: (model: string, prefix: string) => boolean;
}

export interface WireFormat {
  readonly id: string;
  /** `json` is the parsed body. */
  prepare(json: unknown, given: Given): Prepared | Failure;
  /** An error in the middle of a stream, after so many events; `body` replaces the format's own. */
  errorEvent(body: unknown, after: number): string | Buffer;
}

export const isFailure = (result: object): result is Failure => 'kind' in result;
