/**
 * A job ends in its lane: expired, cancelled, refused. Two steps, because lane and job live apart: the lane's script
 * decides, writes the journal and leaves a note; the job's script makes it final and tells whoever waits. The sweep
 * repeats the second step for notes that were left by a process that died in between.
 */
import type { End, EndError, ErrorCode, Job, JobRecord } from '@sluice/domain';
import { END_SEQ, firstAttemptOf, parseAttemptId } from '@sluice/domain';
import { commitEnd } from './finish-kept.ts';
import { memberOf } from './lanes.ts';
import { FINISH_JOB } from './lua/attempt.ts';
import { RETIRE } from './lua/lane.ts';
import type { OpenQueue } from './open.ts';
import type { Retirement } from './ports.ts';
import { run } from './script.ts';
import { endOf, recordOf } from './unsent-record.ts';

const KEEP_MS = 60_000;

export const endErrorNote = (code: ErrorCode, message: string): EndError => ({ code, message, param: null, retryAfterMs: null, provider: null });

interface Note {
  readonly state: Retirement['state'];
  readonly end: End;
  readonly at: number;
  /** Of a kept job: it is told to Postgres before it is written to the journal. */
  readonly kept: { readonly job: Job; readonly record: JobRecord } | null;
}

/** Where it waits, and as which attempt. */
interface Waiting {
  readonly connection: string;
  readonly lane: string;
  readonly id: string;
}

/** False when the job had left its lane (granted, or ended by another): nothing is changed then. */
export async function retireJob(queue: OpenQueue, entry: Waiting, retirement: Retirement): Promise<boolean> {
  const { redis, keys, clock } = queue;
  const { job: id, attempt } = parseAttemptId(entry.id);
  const spec = await redis.hget(keys.job(id), 'spec');
  if (spec === null) return false;
  const job = JSON.parse(spec) as Job; // our own, versioned
  const now = clock.now();
  const end = endOf(job, { ...retirement, attempts: attempt - firstAttemptOf(job), at: now });
  const record = recordOf(job, end, now);
  const note: Note = { state: retirement.state, end, at: now, kept: job.kept ? { job, record } : null };
  const taken = await run(redis, RETIRE,
    [keys.lane(entry.lane), keys.parked(entry.connection), keys.expiry(entry.connection), keys.journal, keys.retired],
    [entry.id, memberOf(entry.lane, entry.id), job.kept ? '' : JSON.stringify(record), id, JSON.stringify(note)]);
  if (taken !== 1) return false;
  await finishRetired(queue, id, note);
  return true;
}

async function finishRetired(queue: OpenQueue, id: string, note: Note): Promise<void> {
  const { redis, keys } = queue;
  const end = note.kept ? await commitEnd(queue, { ...note.kept, end: note.end, frames: [] }) : note.end;
  await run(redis, FINISH_JOB, [keys.job(id), keys.frames(id)],
    [end.state, JSON.stringify(end), KEEP_MS, `${keys.prefix}:reply:`, END_SEQ, '']);
  await redis.hdel(keys.retired, id);
}

/** Repeats the second step for notes older than `olderThanMs`. */
export async function finishLeftBehind(queue: OpenQueue, olderThanMs: number): Promise<void> {
  const notes = await queue.redis.hgetall(queue.keys.retired);
  for (const [id, text] of Object.entries(notes)) {
    const note = JSON.parse(text) as Note; // written above
    if (queue.clock.now() - note.at > olderThanMs) await finishRetired(queue, id, note);
  }
}
