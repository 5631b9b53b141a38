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
import type { Position } from '@sluice/queue';
import { answerHeaders, headerValue } from '../http/answer-headers.ts';
import { errorEventOf, sendError } from '../http/error-handler.ts';
import { answeredBy } from './answer.ts';
import type { Answer } from './answer.ts';
import { identityIn, noOpEvent, withIdentity } from './no-op.ts';
import type { Identity } from './no-op.ts';
import { withEventId } from './event-id.ts';

/** Between the error event and the cut, so that the event is read. */
const CUT_AFTER_EVENT_MS = 100;

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
/** Some providers leave it out; clients wait for it. */
const TERMINATOR = 'data: [DONE]\n\n';
const TAIL_BYTES = 32;
const LONGEST_FIRST_BYTES = 16_384;

export class StreamedAnswer implements Answer {
  readonly #options: StreamedOptions;
  #head: Head | null = null;
  #ended = false;
  #commitAt: number;
  #commentAt = 0;
  #eventAt: number;
  /** The provider's first event: from it a later no-op has its identity. */
  #first: Buffer | null = null;
  /** The last characters of the provider's last event. */
  #tail = '';
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

  data(data: Buffer, seq: number): boolean {
    const own = ownMemory(data);
    this.#first ??= own.length <= LONGEST_FIRST_BYTES ? own : Buffer.alloc(0);
    this.#tail = own.toString('latin1', Math.max(0, own.length - TAIL_BYTES));
    this.#eventAt = performance.now() + EVENT_EVERY_MS;
    const { res, job } = this.#options;
    if (job.resumable) return res.write(withEventId(own, job.id, seq));
    return res.write(this.#identity ? withIdentity(own, this.#identity) : own);
  }

  completed(): void {
    const { res } = this.#options;
    this.#ended = true;
    if (!res.headersSent) this.#commit(200, this.#answerHeaders(null));
    if (this.#isEventStream() && !/data: ?\[DONE\]\s*$/.test(this.#tail)) res.write(this.#boundary() + TERMINATOR);
    res.end();
  }

  failed(error: EndError, end: End | null): void {
    const { res, job, headers } = this.#options;
    this.#ended = true;
    if (!res.headersSent) return sendError(res, error, { requestId: job.id, headers: { ...headers, ...this.#answerHeaders(end) } });
    // Behind what is still on its way, and a moment later: a client built on fetch drops what it has received and not yet read when
    // the connection breaks. A client that reads nothing is cut off by the call's own bound.
    res.write(this.#boundary() + errorEventOf(error), () => setTimeout(() => res.destroy(), CUT_AFTER_EVENT_MS));
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
    // Whoever resumes gets the events as the provider sent them: none may be given another identity here.
    if (now < this.#eventAt || !this.#isEventStream() || (job.resumable && !this.#first)) return;
    this.#eventAt = now + EVENT_EVERY_MS;
    const sent = this.#first && !this.#identity ? identityIn(this.#first) : undefined;
    const identity = sent ?? this.#identity ?? { id: `chatcmpl-${job.id.slice(4)}`, model: job.resource };
    if (!this.#first) this.#identity = identity;
    res.write(this.#boundary() + noOpEvent(identity, Date.now()));
  }

  /** Where the job stands, as the scheduler last said; undefined when it no longer waits. */
  told(position: Position | undefined): void {
    const { res } = this.#options;
    if (this.#ended || this.#head || !res.headersSent || res.writableNeedDrain) return;
    const eta = position && position.etaMs !== null ? ` eta_ms=${Math.round(position.etaMs)}` : '';
    const version = position && position.version !== null ? ` version=${position.version}` : '';
    res.write(position ? `: queued position=${position.position}${eta}${version}\n` : ': waiting for the provider\n');
  }

  #commit(status: number, told: OutgoingHttpHeaders): void {
    const { res, headers } = this.#options;
    const contentType = this.#head ? headerValue(this.#head.contentType) : EVENT_STREAM;
    res.writeHead(status, { ...headers, ...told, 'content-type': contentType, 'cache-control': 'no-cache', 'x-accel-buffering': 'no' });
    res.flushHeaders();
  }

  /** What ends the event before ours, where the provider did not. */
  #boundary(): string {
    return this.#tail === '' || /(\n\n|\r\n\r\n|\r\r)$/.test(this.#tail) ? '' : '\n\n';
  }

  #isEventStream(): boolean {
    return !this.#head || this.#head.contentType.startsWith('text/event-stream');
  }

  #answerHeaders(end: End | null): OutgoingHttpHeaders {
    return answerHeaders(this.#options.job, answeredBy(this.#head, end, this.#options.warnings));
  }
}

/** A frame is a piece of a message that holds many. Whatever waits in a socket of a slow reader must not keep the whole
 *  message: a hundred of them would hold hundreds of megabytes. */
const ownMemory = (data: Buffer): Buffer => (data.length * 2 < data.buffer.byteLength ? Buffer.from(data) : data);
