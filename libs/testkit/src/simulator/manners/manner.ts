/**
 * A provider's manner: where it looks for the key, and with which statuses, words and headers it refuses. Formats and
 * manners go together as the addresses in endpoints.ts say: Azure speaks OpenAI's formats in a manner of its own.
 */
import type { IncomingHttpHeaders } from 'node:http';
import type { LimitState, Refusal } from '../limits/enforcer.ts';

/** Why a request is not answered, in nobody's words. */
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

export interface Manner {
  readonly id: string;
  /** Null where no key was sent; the empty string where none is asked for. */
  keyOf(headers: IncomingHttpHeaders, query: URLSearchParams): string | null;
  failure(failure: Failure, requestId: string): Said;
  /** Shaped as the provider's own; `random` makes characters that are the same in each run. */
  requestId(random: (length: number) => string): string;
  /** Headers of every answer. */
  headers(said: { readonly requestId: string; readonly tookMs: number }): Record<string, string>;
  limitHeaders(states: readonly LimitState[], now: number): Record<string, string>;
}

export const JSON_TYPE = { 'content-type': 'application/json' };

export const bearerOf = (headers: IncomingHttpHeaders): string | null =>
  /^Bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? null;

export function headerOf(headers: IncomingHttpHeaders, name: string): string | null {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? value : null;
}
