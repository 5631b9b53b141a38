/** Identifiers: `job_` + ULID (26 characters, time-ordered), never a character that BullMQ or a URL would mind. */
import { decodeTime, ulid } from 'ulid';

export const newJobId = (now: number): string => `job_${ulid(Math.floor(now))}`;

/** When the job was created, epoch ms; its audit row is kept under that day. Throws on anything that is not a job id. */
export const createdAtOf = (jobId: string): number => decodeTime(jobId.slice(4));

/** The name of an attempt in lanes, dispatch, journal and audit: attempts count from 1. */
export const attemptId = (jobId: string, attempt: number): string => `${jobId}-${attempt}`;

export function parseAttemptId(id: string): { job: string; attempt: number } {
  const cut = id.lastIndexOf('-');
  return { job: id.slice(0, cut), attempt: Number(id.slice(cut + 1)) };
}
