/**
 * The one transport to every provider: HTTP/1.1 on undici, connections kept and never multiplexed, no retries.
 *
 *   connecting ──▶ sent ──▶ answering ──▶ ended
 *       │            │           │
 *       └────────────┴───────────┴──────▶ failed (and from `connecting`: nothing was written)
 *
 * The moment before a request is written, on whatever connection and however long that took to make, `sendBy` is looked
 * at once more, and `maySend` asked: undici calls `onRequestStart` and writes in the same turn of the event loop. A worker that was stopped
 * in its tracks and goes on later can therefore not send what its permit no longer covers.
 */
import { Agent, type Dispatcher } from 'undici';
import type { Part } from '@sluice/domain';
import { failureOf, type CallFailure } from './call-failure.ts';
import type { CallLimits } from './call-limits.ts';
import { headerOf, type Headers } from './provider.ts';

export interface CallRequest {
  readonly method: 'POST' | 'GET';
  readonly origin: string;
  /** With the query, if any. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  /** Epoch ms of the transport's clock: nothing is written after it. */
  readonly sendBy: number;
  readonly limits: CallLimits;
  readonly signal: AbortSignal;
}

export interface CallHandlers {
  /** Asked last of all, with the connection ready; false: nothing is written, and the call ends as `closed`. */
  readonly maySend?: () => boolean;
  /** The last byte of the request has been handed to the connection. */
  readonly onSent?: (at: number) => void;
  readonly onHead: (head: AnswerHead) => void;
  /** A piece of the body, not copied. The provider is held back until a promise settles; a rejection gives the call up. */
  readonly onData: (chunk: Buffer) => Promise<void> | undefined;
}

export interface AnswerHead {
  readonly status: number;
  readonly headers: Headers;
  readonly at: number;
}

/** Times are epoch ms of the transport's clock. */
export interface CallEnd {
  /** null: the answer is whole. */
  readonly failure: CallFailure | null;
  /** When the request was written; null: nothing of it was, and the provider knows nothing of this call. */
  readonly sentAt: number | null;
  /** When its last byte was handed over; null: it never was. */
  readonly bodySentAt: number | null;
  readonly firstByteAt: number | null;
  readonly endedAt: number;
}

export interface Transport extends Part {
  call(request: CallRequest, handlers: CallHandlers): Promise<CallEnd>;
}

/** Unused connections are closed after this, or sooner where the provider says so. */
const KEEP_ALIVE_MS = 15_000;
/** Larger bodies are handed over in pieces, so that "sent" is not said of what still waits in our own memory. */
const PIECE_BYTES = 64 * 1024;

/** `now` is the clock that permits are given by, epoch ms. */
export function openTransport(options: { readonly now: () => number; readonly connectMs: number }): Transport {
  const agent = new Agent({
    // Our own timer covers every phase to the millisecond; undici's tick by the second.
    headersTimeout: 0, bodyTimeout: 0, connect: { timeout: options.connectMs },
    keepAliveTimeout: KEEP_ALIVE_MS, pipelining: 1, allowH2: false,
  });
  return {
    call: (request, handlers) =>
      new Promise((resolve) => new Call({ request, handlers, now: options.now, resolve }).start(agent)),
    stop: async () => agent.destroy(),
  };
}

interface CallParts {
  readonly request: CallRequest;
  readonly handlers: CallHandlers;
  readonly now: () => number;
  readonly resolve: (end: CallEnd) => void;
}

class Call implements Dispatcher.DispatchHandler {
  readonly #parts: CallParts;
  readonly #startedMs = performance.now();
  #sentMs = 0;
  #lastChunkMs = 0;
  #timer: NodeJS.Timeout | undefined;
  #timerDueMs = Number.POSITIVE_INFINITY;
  #controller: Dispatcher.DispatchController | undefined;
  #sentAt: number | null = null;
  #bodySentAt: number | null = null;
  #firstByteAt: number | null = null;
  #bytes = 0;
  /** Promises of the reader that are not settled yet: while there are any, nothing is read. */
  #waiting = 0;
  #ended = false;

  constructor(parts: CallParts) {
    this.#parts = parts;
  }

  start(agent: Agent): void {
    const { request } = this.#parts;
    if (request.signal.aborted) return this.#end('aborted');
    request.signal.addEventListener('abort', this.#abort);
    this.#watch();
    const { method, origin, path, headers, body } = request;
    if (!body || body.length <= PIECE_BYTES) {
      agent.dispatch({ method, origin, path, headers, body }, this);
      return;
    }
    const withLength = { ...headers, 'content-length': String(body.length) };
    // undici takes async iterables as bodies; its type of this option leaves them out.
    const pieces = this.#pieces(body) as unknown as Dispatcher.DispatchOptions['body'];
    agent.dispatch({ method, origin, path, headers: withLength, body: pieces ?? null }, this);
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    if (this.#ended) return controller.abort(new Error('given up before it was sent'));
    this.#controller = controller;
    const { request, handlers, now } = this.#parts;
    const maySend = handlers.maySend?.() ?? true;
    const at = now();
    if (at > request.sendBy) return this.#fail('late');
    if (!maySend) return this.#fail('closed');
    this.#sentAt = at;
    this.#sentMs = performance.now();
    this.#watch();
    const { body } = this.#parts.request;
    if (!body || body.length <= PIECE_BYTES) queueMicrotask(() => this.#bodySent());
  }

  onResponseStart(_controller: Dispatcher.DispatchController, status: number, headers: Headers): void {
    if (this.#ended || status < 200) return;
    this.#firstByteAt = this.#parts.now();
    this.#lastChunkMs = performance.now();
    const encoding = headerOf(headers, 'content-encoding');
    if (encoding !== null && encoding !== 'identity') return this.#fail('protocol');
    this.#watch();
    this.#parts.handlers.onHead({ status, headers, at: this.#firstByteAt });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#ended) return;
    this.#lastChunkMs = performance.now();
    this.#bytes += chunk.length;
    if (this.#bytes > this.#parts.request.limits.responseBytes) return this.#fail('too_large');
    const wait = this.#parts.handlers.onData(chunk);
    if (wait) this.#holdBack(controller, wait);
  }

  onResponseEnd(): void {
    this.#end(null);
  }

  onResponseError(_controller: Dispatcher.DispatchController | undefined, error: Error): void {
    this.#end(failureOf(error, { sent: this.#sentAt !== null, begun: this.#firstByteAt !== null }));
  }

  #holdBack(controller: Dispatcher.DispatchController, wait: Promise<void>): void {
    this.#waiting++;
    controller.pause();
    wait.then(() => {
      this.#lastChunkMs = performance.now();
      if (--this.#waiting === 0 && !this.#ended) controller.resume();
    }, () => this.#fail('aborted'));
  }

  #bodySent(): void {
    if (this.#ended || this.#sentAt === null) return;
    this.#bodySentAt = this.#parts.now();
    this.#parts.handlers.onSent?.(this.#bodySentAt);
  }

  /** Asked for the piece after the last once that one has gone to the kernel, or all but a piece's length of it has. */
  async *#pieces(body: Buffer): AsyncGenerator<Buffer> {
    for (let at = 0; at < body.length; at += PIECE_BYTES) yield body.subarray(at, at + PIECE_BYTES);
    this.#bodySent();
  }

  /**
   * One timer a call. It is not set anew for every chunk: when it wakes it looks which limit counts by then. Called on
   * each change of phase, in case the new one ends sooner.
   */
  #watch = (): void => {
    const { limits } = this.#parts.request;
    const now = performance.now();
    const whole = this.#startedMs + limits.wholeMs;
    const [limit, due] = this.#phaseEnd(now);
    const end = Math.min(whole, due);
    if (now >= end) return this.#fail(whole <= due ? 'timeout_whole' : limit);
    if (this.#timerDueMs <= end) return;
    clearTimeout(this.#timer);
    this.#timerDueMs = end;
    this.#timer = setTimeout(this.#onTimer, Math.max(1, Math.ceil(end - now)));
  };

  #onTimer = (): void => {
    this.#timerDueMs = Number.POSITIVE_INFINITY;
    this.#watch();
  };

  #phaseEnd(now: number): [CallFailure, number] {
    const { limits } = this.#parts.request;
    if (this.#sentAt === null) return ['timeout_connect', this.#startedMs + limits.connectMs];
    if (this.#firstByteAt === null) return ['timeout_first_byte', this.#sentMs + limits.firstByteMs];
    const silentSince = this.#waiting > 0 ? now : this.#lastChunkMs;
    return ['timeout_between_chunks', silentSince + limits.betweenChunksMs];
  }

  #abort = (): void => this.#fail('aborted');

  #fail(failure: CallFailure): void {
    if (this.#ended) return;
    this.#end(failure);
    this.#controller?.abort(new Error(failure));
  }

  #end(failure: CallFailure | null): void {
    if (this.#ended) return;
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#parts.request.signal.removeEventListener('abort', this.#abort);
    this.#parts.resolve({
      failure,
      sentAt: this.#sentAt,
      bodySentAt: this.#bodySentAt,
      firstByteAt: this.#firstByteAt,
      endedAt: this.#parts.now(),
    });
  }
}
