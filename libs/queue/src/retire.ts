/**
 * A job ends in its lane: expired, cancelled, refused. Two steps, because lane and job live apart: the lane's script
 * decides, writes the journal and leaves a note; the job's script makes it final and tells whoever waits. The sweep
 * repeats the second step for notes that were left by a process that died in between.
 */
import type { End, EndError, ErrorCode, Job, JobRecord } from '@sluice/domain';
import { END_SEQ, parseAttemptId } from '@sluice/domain';
import { memberOf } from './lanes.ts';
import { FINISH_JOB } from './lua/attempt.ts';
import { RETIRE } from './lua/lane.ts';
import type { OpenQueue } from './open.ts';
import type { Retirement } from './ports.ts';
import { run } from './script.ts';

const KEEP_MS = 60_000;

export const endErrorNote = (code: ErrorCode, message: string): EndError => ({ code, message, param: null, retryAfterMs: null, provider: null });

interface Note {
  readonly state: Retirement['state'];
  readonly end: End;
  readonly at: number;
}

/** False when the job had left its lane (granted, or ended by another): nothing is changed then. */
export async function retireJob(
  queue: OpenQueue, connection: string, entry: { lane: string; id: string }, retirement: Retirement,
): Promise<boolean> {
  const { redis, keys, clock } = queue;
  const { job: id, attempt } = parseAttemptId(entry.id);
  const spec = await redis.hget(keys.job(id), 'spec');
  if (spec === null) return false;
  const job = JSON.parse(spec) as Job; // our own, versioned
  const now = clock.now();
  const end: End = {
    state: retirement.state, last: 0, attempts: attempt - 1, usage: null, error: retirement.error, route: null, queueMs: Math.round(now - job.createdAt),
  };
  const note: Note = { state: retirement.state, end, at: now };
  const taken = await run(redis, RETIRE,
    [keys.lane(entry.lane), keys.parked(connection), keys.expiry(connection), keys.journal, keys.retired],
    [entry.id, memberOf(entry.lane, entry.id), JSON.stringify(recordOf(job, note, attempt)), id, JSON.stringify(note)]);
  if (taken !== 1) return false;
  await finishRetired(queue, id, note);
  return true;
}

async function finishRetired({ redis, keys }: OpenQueue, id: string, note: Note): Promise<void> {
  await run(redis, FINISH_JOB, [keys.job(id), keys.frames(id)],
    [note.state, JSON.stringify(note.end), KEEP_MS, `${keys.prefix}:reply:`, END_SEQ]);
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

function recordOf(job: Job, note: Note, attempt: number): JobRecord {
  const { workspace, environment, apiKey, tenant, resource, priority, endpoint, mode, stream, createdAt, bodyBytes, correlationId, tags, metadata } = job;
  return {
    v: 1, kind: 'job', job: job.id, workspace, environment, apiKey, tenant, resource, priority, endpoint, mode, stream,
    state: note.state, errorCode: note.end.error?.code ?? null, attempts: attempt - 1,
    connection: null, provider: null, model: null,
    inputTokens: null, cachedInputTokens: null, outputTokens: null, reasoningTokens: null,
    createdAt, startedAt: null, endedAt: note.at, bodyBytes, correlationId, tags, metadata,
  };
}
