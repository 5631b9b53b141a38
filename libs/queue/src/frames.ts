/**
 * Frames on their way back. Truth is the replay stream of the job, where frame `seq` has the id `<seq>-0`; what is published
 * to the reply channel is the same, sooner, without promise: a reader that misses one reads the stream.
 *
 * A published message is any number of `<job> <seq> <kind> <bytes>\n<data>`.
 */
import { END_SEQ, type Frame, type FrameKind } from '@sluice/domain';
import type { Redis } from 'ioredis';
import type { Keys } from './keys.ts';

/** A frame larger than this is not published: its reader finds the gap and reads the stream. Bytes. */
export const PUBLISH_AT_MOST = 256 * 1024;

const NEWLINE = 0x0a;

export function encode(frames: readonly Frame[]): Buffer {
  const parts: Buffer[] = [];
  for (const { job, seq, kind, data } of frames) {
    if (data.length > PUBLISH_AT_MOST && kind !== 'end') continue;
    parts.push(Buffer.from(`${job} ${seq} ${kind} ${data.length}\n`), data);
  }
  return Buffer.concat(parts);
}

export function decode(message: Buffer): Frame[] {
  const frames: Frame[] = [];
  for (let at = 0; at < message.length;) {
    const line = message.indexOf(NEWLINE, at);
    const [job = '', seq, kind, length] = message.toString('latin1', at, line).split(' ');
    const end = line + 1 + Number(length);
    frames.push({ job, seq: Number(seq), kind: kind as FrameKind, data: message.subarray(line + 1, end) }); // written by encode or by endAttempt
    at = end;
  }
  return frames;
}

export async function readReplay(redis: Redis, keys: Keys, from: { job: string; seq: number; limit: number }): Promise<Frame[]> {
  const entries = await redis.xrangeBuffer(keys.frames(from.job), `${from.seq + 1}-0`, '+', 'COUNT', from.limit);
  return entries.map(([id, fields]) => ({
    job: from.job,
    seq: Number.parseInt(id.toString('latin1'), 10),
    kind: (fields[1] as Buffer).toString('latin1') as FrameKind, // fields are k, kind, d, data: written above
    data: fields[3] as Buffer,
  }));
}

export const isEnd = (frame: Frame): boolean => frame.seq === END_SEQ;
