/** Numbers the frames of one answer, from 1 and without gaps. */
import type { Frame, FrameKind, Head } from '@sluice/domain';

export interface FrameCounter {
  head(head: Head): Frame;
  data(bytes: Buffer): Frame;
  last(): number;
}

export function countFrames(job: string): FrameCounter {
  let seq = 0;
  const frame = (kind: FrameKind, data: Buffer): Frame => ({ job, seq: ++seq, kind, data });
  return {
    head: (head) => frame('head', Buffer.from(JSON.stringify(head))),
    data: (bytes) => frame('data', bytes),
    last: () => seq,
  };
}
