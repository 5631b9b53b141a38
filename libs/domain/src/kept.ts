/**
 * Kept work: jobs with a row in Postgres, which decides how they end. Redis only moves them and may lose them; then they
 * are put back as their next generation. Attempts and frames of each generation have numbers of their own, so that
 * what an earlier one left behind, in the audit or at a reader, is never taken for the later one's.
 */
import type { End, Frame } from './frame.ts';
import type { Job } from './job.ts';
import type { JobRecord } from './journal.ts';

export interface Kept {
  /** How often Redis has lost it. */
  readonly generation: number;
}

/** More attempts than a job makes, and more frames than fit its answer. */
const ATTEMPTS_A_GENERATION = 1_000;
const FRAMES_A_GENERATION = 2 ** 32;

export const firstAttemptOf = ({ kept }: Pick<Job, 'kept'>): number => (kept?.generation ?? 0) * ATTEMPTS_A_GENERATION + 1;

/** The number before that of its first frame. */
export const beforeFirstFrameOf = ({ kept }: Pick<Job, 'kept'>): number => (kept?.generation ?? 0) * FRAMES_A_GENERATION;

/** Of whatever generation. */
export const isFirstFrame = (seq: number): boolean => seq % FRAMES_A_GENERATION === 1;

/** A webhook given with the job. */
export interface JobWebhook {
  readonly url: string;
  /** null: every event of the job. */
  readonly events: readonly string[] | null;
  /** Is the answer to stand in what is told? */
  readonly inlineResult: boolean;
}

/** How a kept job ended, as it is told to Postgres before anybody else hears of it. */
export interface FinalJob {
  readonly job: Job;
  readonly end: End;
  readonly record: JobRecord;
  /** Head and data, in order and without gaps; empty where there is no answer. */
  readonly frames: readonly Frame[];
}
