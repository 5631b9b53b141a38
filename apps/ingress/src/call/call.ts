/**
 * One client waiting for one job: frames become bytes, time is kept, and the job is not left behind when either goes.
 *
 *   open ──▶ closed      by the end of the job · our own failure · the client's going · the end of the grace
 *
 * The scheduler expires what did not start in time, and the worker what did not finish; both may be away. So the call
 * looks at the same times itself, a little later, and asks the door to decide.
 */
import type { ServerResponse } from 'node:http';
import type { CancelReason, End, EndError, Frame, Head, Job, Logger } from '@sluice/domain';
import type { Door } from '@sluice/queue';
import { refusalLastsMs } from '../http/error-handler.ts';
import type { Answer } from './answer.ts';
import { Following } from './following.ts';
import type { FramesAfter } from './following.ts';

export interface CallParts {
  readonly door: Door;
  readonly log: Logger;
  /** Epoch ms of Redis. */
  readonly now: () => number;
  readonly onClosed: (call: Call, result: CallResult) => void;
  /** Of a kept job: where else its frames may be, and what its caller's going means. */
  readonly kept?: { readonly framesAfter: FramesAfter; readonly onLeft: (job: Job) => void };
}

export interface CallOptions {
  readonly job: Job;
  readonly res: ServerResponse;
  readonly answer: Answer;
  /** Its frames are sent to somebody else: it looks for them by itself. */
  readonly guest?: boolean;
}

export interface CallResult {
  /** A code of the error table, `ok`, or `client_gone`. */
  readonly code: string;
  readonly queueMs: number | null;
}

const SILENCE_MS = 5_000;
/** Behind the scheduler and the worker, who look at the same times. */
const NET_MS = 2_000;
/** And behind the feeder, who looks at the deadlines of kept jobs. */
const KEPT_NET_MS = 10_000;
/** A client that has not made room for this long is gone in all but name. */
const STALLED_MS = 120_000;

export class Call {
  readonly job: Job;
  readonly #parts: CallParts;
  readonly #res: ServerResponse;
  readonly #answer: Answer;
  readonly #following: Following;
  #head: Head | null = null;
  #heardAt: number;
  #fullSince: number | null = null;
  readonly #silenceMs: number;
  #checkedStart = false;
  #checkedDeadline = false;
  #closed = false;
  /** No frame counts before the job is known to be in the queue. */
  #submitted = false;

  constructor({ job, res, answer, guest = false }: CallOptions, parts: CallParts) {
    this.job = job;
    this.#parts = parts;
    this.#res = res;
    this.#answer = answer;
    this.#heardAt = performance.now();
    this.#silenceMs = guest ? 0 : SILENCE_MS;
    const framesAfter: FramesAfter = parts.kept?.framesAfter ?? ((id, seq, limit) => parts.door.framesAfter(id, seq, limit));
    this.#following = new Following(job, { framesAfter }, {
      take: (frame) => this.#take(frame),
      end: (end) => this.#end(end),
      lost: (error) => this.#lost(error),
    });
    res.on('drain', this.#drained).on('close', this.#left);
  }

  receive(frame: Frame): void {
    this.#heardAt = performance.now();
    this.#following.offer(frame);
  }

  /** The job is in the queue (or was adopted from it, and may have frames already). */
  submitted(adopted: boolean): void {
    this.#submitted = true;
    if (this.#closed) return void this.#leave();
    if (adopted) this.#following.look();
  }

  /** A few times a second. */
  tick(): void {
    if (this.#closed || !this.#submitted) return;
    const now = performance.now();
    if (this.#fullSince !== null && now - this.#fullSince > STALLED_MS) return void this.#res.destroy();
    if (now - this.#heardAt > this.#silenceMs) {
      this.#heardAt = now;
      this.#following.look();
    }
    this.#answer.tick(now);
    this.#keepTime();
  }

  /** Nothing more comes on this connection after the answer. */
  hangUpAfter(): void {
    if (!this.#res.headersSent) this.#res.shouldKeepAlive = false;
  }

  /** We cannot go on: the client is told, and the job is given up. */
  fail(error: EndError): void {
    if (this.#closed) return;
    if (this.#submitted && !this.job.kept) this.#parts.door.abandon(this.job);
    this.#close(error.code);
    this.#answer.failed(error, null);
  }

  /** Nothing more is written here: somebody else answers this request. False: it was answered, or its client is gone. */
  handOver(): boolean {
    if (this.#closed) return false;
    this.#close('ok');
    this.#res.off('drain', this.#drained).off('close', this.#left);
    return true;
  }

  #take(frame: Frame): boolean {
    if (frame.kind === 'head') {
      this.#head = JSON.parse(frame.data.toString()) as Head; // written by a worker of ours
      this.#answer.head(this.#head);
      return true;
    }
    const room = this.#answer.data(frame.data, frame.seq);
    if (!room) this.#fullSince = performance.now();
    return room;
  }

  #end(end: End): void {
    if (this.#closed) return;
    const error = end.error ?? missingError(end, this.#head !== null);
    this.#close(error?.code ?? 'ok', end.queueMs);
    if (!error) this.#answer.completed(end);
    else {
      this.#remember(error);
      this.#answer.failed(error, end);
    }
    this.#forget();
  }

  #lost(error: unknown): void {
    this.#parts.log.warn({ job: this.job.id, error }, 'frames cannot be read');
    this.fail(unavailable('the queue is not reachable'));
  }

  #keepTime(): void {
    const now = this.#parts.now();
    if (this.job.kept) {
      if (now > this.job.deadline + KEPT_NET_MS) this.fail(DEADLINE_EXCEEDED);
      return;
    }
    if (!this.#checkedDeadline && now > this.job.deadline + NET_MS) {
      this.#checkedDeadline = true;
      this.#expire(this.#head ? DEADLINE_EXCEEDED : QUEUE_TIMEOUT).catch((error: unknown) => this.#lost(error));
    } else if (!this.#checkedStart && !this.#head && now > this.job.startBy + NET_MS) {
      this.#checkedStart = true;
      this.#expireIfQueued().catch((error: unknown) => this.#lost(error));
    }
  }

  /** A running job is the worker's: only one that still waits is taken back. */
  async #expireIfQueued(): Promise<void> {
    const { door } = this.#parts;
    if ((await door.park(this.job)) === 'parked') await this.#expire(QUEUE_TIMEOUT);
    else this.#following.look();
  }

  async #expire(error: EndError): Promise<void> {
    const outcome = await this.#parts.door.cancel(this.job, 'deadline', error);
    if (this.#closed) return;
    this.#following.look(); // final already: its own end says more
    if (outcome === 'final') return;
    this.#close(error.code);
    this.#remember(error);
    this.#answer.failed(outcome === 'running' ? DEADLINE_EXCEEDED : error, null);
    if (outcome === 'removed') this.#forget();
  }

  readonly #drained = (): void => {
    this.#fullSince = null;
    this.#following.release();
  };

  /** The socket is closed: after a whole answer, or because the client went away. */
  readonly #left = (): void => {
    if (this.#closed) return;
    this.#close('client_gone');
    if (this.#submitted) this.#leave();
  };

  /** A queued job keeps its place for the client's own retry; a running one is nobody's any more. */
  #leave(): void {
    const { door, log, kept } = this.#parts;
    if (kept) return kept.onLeft(this.job);
    const goodbye = async (): Promise<void> => {
      const found = await door.park(this.job);
      if (found === 'final') await door.forget(this.job);
      else if (found === 'running' && !this.job.resumable) await door.cancel(this.job, CLIENT, CLIENT_LEFT);
    };
    goodbye().catch((error: unknown) => {
      log.warn({ job: this.job.id, error }, 'a job whose client left is cancelled later');
      door.abandon(this.job);
    });
  }

  #remember(error: EndError): void {
    const ms = refusalLastsMs(error);
    if (ms === null) return;
    const { door, log } = this.#parts;
    door.rememberRefusal(this.job.fingerprint, error, ms).catch((cause: unknown) => log.warn({ job: this.job.id, error: cause }, 'refusal not remembered'));
  }

  #forget(): void {
    const { door, log } = this.#parts;
    door.forget(this.job).catch((error: unknown) => log.warn({ job: this.job.id, error }, 'finished job is left to expire'));
  }

  #close(code: string, queueMs: number | null = null): void {
    this.#closed = true;
    // What is still to be written has no call to watch over it.
    this.#res.setTimeout(STALLED_MS, () => this.#res.destroy());
    this.#following.stop();
    this.#parts.onClosed(this, { code, queueMs: this.#head?.queueMs ?? queueMs });
  }
}

const CLIENT: CancelReason = 'client';

const refusal = (code: EndError['code'], message: string): EndError => ({ code, message, param: null, retryAfterMs: null, provider: null });
const CLIENT_LEFT = refusal('cancelled', 'the client went away');
const QUEUE_TIMEOUT = refusal('queue_timeout', 'the call could not start in time');
const DEADLINE_EXCEEDED = refusal('deadline_exceeded', 'the deadline passed before the answer was complete');
export const unavailable = (message: string): EndError => refusal('unavailable', message);

/** An end that says it failed, or that claims an answer which never began, without saying why. */
function missingError(end: End, begun: boolean): EndError | null {
  switch (end.state) {
    case 'completed': return begun ? null : refusal('internal', 'internal error');
    case 'expired': return begun ? DEADLINE_EXCEEDED : QUEUE_TIMEOUT;
    case 'cancelled': return refusal('cancelled', 'the call was cancelled');
    case 'failed': return refusal('internal', 'internal error');
    default: return end.state satisfies never;
  }
}

