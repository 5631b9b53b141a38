/** What a call does with what it hears: one implementation for answers that are sent whole, one for streams. */
import type { End, EndError, Head } from '@sluice/domain';
import type { AnsweredBy } from '../http/answer-headers.ts';

export interface Answer {
  head(head: Head): void;
  /** False: the socket is full; nothing more until it drains. */
  data(data: Buffer, seq: number): boolean;
  completed(end: End): void;
  /** The job ended without an answer, or we cannot go on. `end` is null where the job's own end is not known. */
  failed(error: EndError, end: End | null): void;
  /** Called a few times a second while the call is open. Monotonic ms. */
  tick(now: number): void;
}

/** What the head, or else the end, tells of the attempt behind an answer. */
export function answeredBy(head: Head | null, end: End | null, warnings: readonly string[]): AnsweredBy {
  return {
    route: head?.route ?? end?.route ?? null,
    attempts: end?.attempts ?? head?.attempt ?? 0,
    queueMs: head?.queueMs ?? end?.queueMs ?? null,
    upstreamRequestId: head?.upstreamRequestId ?? null,
    warnings: [...warnings, ...(head?.warnings ?? [])],
  };
}
