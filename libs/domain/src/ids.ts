/** Identifiers: `job_` + ULID (26 characters, time-ordered), never a character that BullMQ or a URL would mind. */
import { randomFillSync } from 'node:crypto';
import { decodeTime, ulid } from 'ulid';

/** Random bytes are taken a thousand at a time: asked for one by one they are most of what an id costs (34 µs instead of 2). */
const pool = new Uint8Array(1_024);
let left = 0;
const random = (): number => {
  if (left === 0) left = randomFillSync(pool).length;
  return (pool[--left] ?? 0) / 256;
};

export const newJobId = (now: number): string => `job_${ulid(Math.floor(now), random)}`;

/** The same for what is no job: `file-`, `batch_`, `evt_` and their like, each followed by a ULID. */
export const newId = (prefix: string, now: number): string => prefix + ulid(Math.floor(now), random);

/** When the job was created, epoch ms; its audit row is kept under that day. Throws on anything that is not a job id. */
export const createdAtOf = (jobId: string): number => decodeTime(jobId.slice(4));

/** The name of an attempt in lanes, dispatch, journal and audit: attempts count from 1. */
export const attemptId = (jobId: string, attempt: number): string => `${jobId}-${attempt}`;

export function parseAttemptId(id: string): { job: string; attempt: number } {
  const cut = id.lastIndexOf('-');
  return { job: id.slice(0, cut), attempt: Number(id.slice(cut + 1)) };
}
