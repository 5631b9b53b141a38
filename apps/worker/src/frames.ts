/** Numbers the frames of one answer, without gaps, from the first of its job's generation. */
import { beforeFirstFrameOf, type Frame, type FrameKind, type Head, type Job } from '@sluice/domain';

export interface FrameCounter {
  head(head: Head): Frame;
  data(bytes: Buffer): Frame;
  last(): number;
}

export function countFrames(job: Job): FrameCounter {
  let seq = beforeFirstFrameOf(job);
  const frame = (kind: FrameKind, data: Buffer): Frame => ({ job: job.id, seq: ++seq, kind, data });
  return {
    head: (head) => frame('head', Buffer.from(JSON.stringify(head))),
    data: (bytes) => frame('data', bytes),
    last: () => seq,
  };
}
