/**
 * The fault script: a list of rules, each saying when and what. What each fault does stands here, because a script is
 * written by hand. Calls and times count from the moment the script was set.
 */
import type { Limit } from '@sluice/domain';

export interface When {
  /** First call, counted from 1. */
  readonly fromCall?: number;
  /** Last call. */
  readonly toCall?: number;
  /** Each nth of the calls from `fromCall` on: that one itself, then every nth after it. */
  readonly every?: number;
  readonly fromMs?: number;
  /** Not any more at this time. */
  readonly toMs?: number;
  readonly model?: string;
  readonly key?: string;
  /** In [0, 1]; thrown from the seed, so the same in each run. */
  readonly probability?: number;
}

type Headers = Readonly<Record<string, string>>;

export interface SaidUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
}

export type Fault =
  /** 429 before any limit is looked at. With `stormMs`, every call for so long after the first. Default: retry after 1 s. */
  | { readonly kind: 'throttle'; readonly retryAfterMs?: number; readonly stormMs?: number }
  /** Any status with any body (default: the provider's own under that status). The call was admitted and is charged. */
  | { readonly kind: 'status'; readonly status: number; readonly body?: unknown; readonly headers?: Headers }
  /** Never answers a byte. */
  | { readonly kind: 'hang' }
  /** Status and headers, then nothing. */
  | { readonly kind: 'hang_before_body' }
  /** The connection is reset (RST) before a byte of the answer. */
  | { readonly kind: 'reset' }
  /** The listening socket is closed for so long; with `dropOpen`, open connections are destroyed as well. */
  | { readonly kind: 'refuse_connections'; readonly forMs: number; readonly dropOpen?: boolean }
  /** So long before the first byte, besides the latency. */
  | { readonly kind: 'slow_first_byte'; readonly delayMs: number }
  /** The connection is destroyed after so many bytes of the body. */
  | { readonly kind: 'cut'; readonly atByte: number }
  /** Nothing more after so many bytes of the body, and the connection stays open. */
  | { readonly kind: 'stall'; readonly atByte: number }
  /** Usage as told here, or missing with null. What is charged stays right. */
  | { readonly kind: 'usage'; readonly usage: SaidUsage | null }
  /** The body (or the last data of a stream) is broken JSON. */
  | { readonly kind: 'malformed_json' }
  /** A stream begins well and goes on with an error after so many events (default 2); without `[DONE]`. */
  | { readonly kind: 'error_in_stream'; readonly afterEvents?: number; readonly body?: unknown }
  /** HTTP 200 with an error as body. */
  | { readonly kind: 'error_with_200'; readonly body?: unknown }
  /** The provider's limits become these. */
  | { readonly kind: 'limits'; readonly limits: readonly Limit[] }
  /** Latency of the matching calls. */
  | { readonly kind: 'latency'; readonly latencyMs: number };

export interface Rule {
  readonly when: When;
  readonly fault: Fault;
}

export type FaultKind = Fault['kind'];
