/**
 * An answer that is streamed.
 *
 *   withheld ──▶ committed ──▶ ended
 *       └──────────────────────▶ ended (refused with a status of its own)
 *
 * The status is withheld until the provider answers, a refusal is known or 10 s have passed. Committed early, route and
 * attempt are told in a comment before the first event, because the headers are gone by then. While the call waits,
 * a comment line every 10 s shows that we are alive; it ends with one LF, never a blank line, which some clients parse
 * as an event. A failure after the first byte is an error event and a cut: SDKs take a clean end for success.
 */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { End, EndError, Head, Job } from '@sluice/domain';
import { answerHeaders, headerValue } from '../http/answer-headers.ts';
import { errorEventOf, sendError } from '../http/error-handler.ts';
import { answeredBy } from './answer.ts';
import type { Answer } from './answer.ts';
import { identityIn, noOpEvent, withIdentity } from './no-op.ts';
import type { Identity } from './no-op.ts';

export interface StreamedOptions {
  readonly res: ServerResponse;
  readonly job: Job;
  readonly headers: OutgoingHttpHeaders;
  readonly warnings: readonly string[];
  /** Monotonic ms. */
  readonly now: number;
  /** Asks where the job stands; the answer comes through `told`. */
  readonly askPosition: () => void;
}

const COMMIT_AFTER_MS = 10_000;
const COMMENT_EVERY_MS = 10_000;
const EVENT_EVERY_MS = 60_000;
const EVENT_STREAM = 'text/event-stream; charset=utf-8';
const TERMINATOR = 'data: [DONE]\n\n';

export class StreamedAnswer implements Answer {
  readonly #options: StreamedOptions;
  #head: Head | null = null;
  #ended = false;
  #commitAt: number;
  #commentAt = 0;
  #eventAt: number;
  /** The first bytes of the provider's stream: from them a later no-op has its identity. */
  #first: Buffer | null = null;
  #last: Buffer | null = null;
  /** Given to every chunk once a no-op had to go out before the provider's first. */
  #identity: Identity | null = null;

  constructor(options: StreamedOptions) {
    this.#options = options;
    this.#commitAt = options.now + COMMIT_AFTER_MS;
    this.#eventAt = options.now + EVENT_EVERY_MS;
  }

  head(head: Head): void {
    const { res } = this.#options;
    this.#head = head;
    if (!res.headersSent) return this.#commit(head.status, this.#answerHeaders(null));
    const told = this.#answerHeaders(null);
    res.write(`: sluice ${JSON.stringify(told)}\n`);
  }

  data(data: Buffer): boolean {
    this.#first ??= data;
    this.#last = data;
    this.#eventAt = performance.now() + EVENT_EVERY_MS;
    return this.#options.res.write(this.#identity ? withIdentity(data, this.#identity) : data);
  }

  completed(): void {
    const { res } = this.#options;
    this.#ended = true;
    if (!res.headersSent) this.#commit(200, this.#answerHeaders(null));
    if (this.#isEventStream() && !endsWithTerminator(this.#last)) res.write(this.#boundary() + TERMINATOR);
    res.end();
  }

  failed(error: EndError, end: End | null): void {
    const { res, job, headers } = this.#options;
    this.#ended = true;
    if (!res.headersSent) return sendError(res, error, { requestId: job.id, headers: { ...headers, ...this.#answerHeaders(end) } });
    // Behind what is still on its way. A client that reads nothing is cut off by the call's own bound.
    res.write(this.#boundary() + errorEventOf(error, job.id), () => res.destroy());
  }

  tick(now: number): void {
    const { res, askPosition, job } = this.#options;
    if (this.#ended || res.writableNeedDrain) return;
    if (!res.headersSent) {
      if (now < this.#commitAt) return;
      this.#commit(200, this.#answerHeaders(null));
    }
    if (!this.#head && now >= this.#commentAt) {
      this.#commentAt = now + COMMENT_EVERY_MS;
      askPosition();
    }
    if (now < this.#eventAt || !this.#isEventStream()) return;
    this.#eventAt = now + EVENT_EVERY_MS;
    const sent = this.#first && !this.#identity ? identityIn(this.#first) : undefined;
    const identity = sent ?? this.#identity ?? { id: `chatcmpl-${job.id.slice(4)}`, model: job.resource };
    if (!this.#first) this.#identity = identity;
    res.write(this.#boundary() + noOpEvent(identity, Date.now()));
  }

  /** Where the job stands, as the scheduler last said; undefined when it no longer waits. */
  told(position: { readonly position: number; readonly etaMs: number | null } | undefined): void {
    const { res } = this.#options;
    if (this.#ended || this.#head || !res.headersSent || res.writableNeedDrain) return;
    const eta = position && position.etaMs !== null ? ` eta_ms=${Math.round(position.etaMs)}` : '';
    res.write(position ? `: queued position=${position.position}${eta}\n` : ': waiting for the provider\n');
  }

  #commit(status: number, told: OutgoingHttpHeaders): void {
    const { res, headers } = this.#options;
    const contentType = this.#head ? headerValue(this.#head.contentType) : EVENT_STREAM;
    res.writeHead(status, { ...headers, ...told, 'content-type': contentType, 'cache-control': 'no-cache', 'x-accel-buffering': 'no' });
    res.flushHeaders();
  }

  /** What ends the event before ours, where the provider did not. */
  #boundary(): string {
    return this.#last && !/(\n\n|\r\n\r\n|\r\r)$/.test(this.#last.toString('latin1', Math.max(0, this.#last.length - 4))) ? '\n\n' : '';
  }

  #isEventStream(): boolean {
    return !this.#head || this.#head.contentType.startsWith('text/event-stream');
  }

  #answerHeaders(end: End | null): OutgoingHttpHeaders {
    return answerHeaders(this.#options.job, answeredBy(this.#options.job, this.#head, end, this.#options.warnings));
  }
}

/** Some providers leave it out; clients wait for it. */
const endsWithTerminator = (last: Buffer | null): boolean =>
  last !== null && /data: ?\[DONE\]\s*$/.test(last.toString('latin1', Math.max(0, last.length - 32)));
