/**
 * `GET /v1/jobs/{id}/stream`: the events of an answer, from any of them on, for any number of readers, with no second call to
 * the provider. Every event has the id `<job>:<seq>`; who reads on from it gets the same bytes as who read them first.
 */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { End, EndError, Frame, Job } from '@sluice/domain';
import { chatEventsOf, dataOf } from '@sluice/wire';
import { withEventId } from '../call/event-id.ts';
import { Following } from '../call/following.ts';
import type { FramesAfter } from '../call/following.ts';
import { requestIds } from '../http/answer-headers.ts';
import { errorEventOf } from '../http/error-handler.ts';

export interface JobStreamOptions {
  readonly res: ServerResponse;
  readonly job: Job;
  /** The last event that the reader has; undefined: none. */
  readonly after: number | undefined;
  readonly framesAfter: FramesAfter;
  readonly headers: OutgoingHttpHeaders;
  readonly onClosed: () => void;
}

const LOOK_EVERY_MS = 200;
const COMMENT_EVERY_MS = 10_000;
const CUT_AFTER_EVENT_MS = 100;
const STALLED_MS = 120_000;

const plain = (code: EndError['code'], message: string): EndError => ({ code, message, param: null, retryAfterMs: null, provider: null });
const BEGUN_ANEW = plain('unavailable', 'the frames behind this event are lost, and the answer may have been begun anew: read it from its first event');

export function streamJob({ res, job, after, framesAfter, headers, onClosed }: JobStreamOptions): void {
  const pieces: Buffer[] = [];
  let tail: Buffer = Buffer.alloc(0);
  let quietSince = performance.now();
  res.writeHead(200, { ...headers, ...requestIds(job.id), 'content-type': 'text/event-stream; charset=utf-8', 'cache-control': 'no-cache', 'x-accel-buffering': 'no' });
  res.flushHeaders();

  const write = (event: Buffer): boolean => {
    quietSince = performance.now();
    return res.write(event);
  };
  const following = new Following(job, { framesAfter, ...(after === undefined ? {} : { after }) }, {
    take({ kind, data, seq }: Frame) {
      if (kind === 'head') return true;
      if (!job.stream) return pieces.push(data) > 0;
      tail = data;
      return write(withEventId(data, job.id, seq));
    },
    end(end: End) {
      close();
      if (end.error) return fail(end.error);
      if (!job.stream) res.write(eventsOfWhole(job, { pieces, after, end }));
      else if (dataOf(tail) !== '[DONE]') res.write('data: [DONE]\n\n');
      res.end();
    },
    lost: () => { close(); fail(BEGUN_ANEW); },
  });

  const look = setInterval(() => {
    if (res.writableNeedDrain) return;
    following.look();
    if (performance.now() - quietSince > COMMENT_EVERY_MS) write(Buffer.from(': waiting\n'));
  }, LOOK_EVERY_MS);
  const close = (): void => {
    clearInterval(look);
    following.stop();
  };
  const fail = (error: EndError): void => void res.write(errorEventOf(error), () => setTimeout(() => res.destroy(), CUT_AFTER_EVENT_MS));

  res.setTimeout(STALLED_MS, () => res.destroy());
  res.on('drain', () => following.release()).on('close', () => { close(); onClosed(); });
  following.look();
}

/** A whole answer as the events it would have been, numbered like the frames of a stream. */
function eventsOfWhole(job: Job, { pieces, after, end }: { pieces: readonly Buffer[]; after: number | undefined; end: End }): Buffer {
  const first = end.last - pieces.length;
  const events = chatEventsOf(Buffer.concat(pieces));
  return Buffer.concat(events.map((event, index) => ({ event, seq: first + 1 + index }))
    .filter(({ seq }) => after === undefined || seq > after)
    .map(({ event, seq }) => withEventId(event, job.id, seq)));
}
