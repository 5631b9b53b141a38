/**
 * An answer that is sent whole: nothing is written before the job is final, so that every failure has its own status.
 * Meanwhile, clients whose timers are reset by it get `102 Processing` each minute.
 */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { End, EndError, Head, Job } from '@sluice/domain';
import { answerHeaders, headerValue } from '../http/answer-headers.ts';
import { sendError } from '../http/error-handler.ts';
import { answeredBy } from './answer.ts';
import type { Answer } from './answer.ts';

export interface WholeOptions {
  readonly res: ServerResponse;
  readonly job: Job;
  /** For every answer of this request, such as CORS. */
  readonly headers: OutgoingHttpHeaders;
  readonly warnings: readonly string[];
  readonly processing: boolean;
  /** Monotonic ms. */
  readonly now: number;
}

const PROCESSING_EVERY_MS = 60_000;

export class WholeAnswer implements Answer {
  readonly #options: WholeOptions;
  #head: Head | null = null;
  #body: Buffer[] = [];
  #processingAt: number;

  constructor(options: WholeOptions) {
    this.#options = options;
    this.#processingAt = options.now + PROCESSING_EVERY_MS;
  }

  /** A second head is another attempt: what the first one brought is gone. */
  head(head: Head): void {
    this.#head = head;
    this.#body = [];
  }

  data(data: Buffer): boolean {
    this.#body.push(data);
    return true;
  }

  completed(end: End): void {
    const { res, headers } = this.#options;
    const body = this.#body.length === 1 && this.#body[0] ? this.#body[0] : Buffer.concat(this.#body);
    res.writeHead(this.#head?.status ?? 200, {
      ...headers, ...this.#answerHeaders(end), 'content-type': headerValue(this.#head?.contentType ?? 'application/json'), 'content-length': body.length,
    });
    res.end(body);
  }

  failed(error: EndError, end: End | null): void {
    const { res, job, headers } = this.#options;
    sendError(res, error, { requestId: job.id, headers: { ...headers, ...this.#answerHeaders(end) } });
  }

  tick(now: number): void {
    const { res, processing } = this.#options;
    if (!processing || now < this.#processingAt || res.headersSent) return;
    this.#processingAt = now + PROCESSING_EVERY_MS;
    res.writeProcessing();
  }

  #answerHeaders(end: End | null): OutgoingHttpHeaders {
    return answerHeaders(this.#options.job, answeredBy(this.#head, end, this.#options.warnings));
  }
}
