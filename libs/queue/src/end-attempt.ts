/** One script on the job records how an attempt ended and what follows; everything after it can be repeated. */
import { END_SEQ } from '@sluice/domain';
import { crashPoint } from './crash-points.ts';
import { PUBLISH_AT_MOST } from './frames.ts';
import { END_ATTEMPT } from './lua/attempt.ts';
import type { OpenQueue } from './open.ts';
import type { EndOfAttempt, Granted } from './ports.ts';
import { run } from './script.ts';

/** How long a finished job's answer can still be read from Redis. */
const KEEP_MS = 60_000;
const KEEP_RESUMABLE_MS = 3_600_000;

export interface Ending extends EndOfAttempt {
  readonly granted: Granted;
}

export async function endAttempt(
  { redis, keys }: OpenQueue, held: { token: string } | undefined, { granted, job, ended, frames, end }: Ending,
): Promise<'recorded' | 'refused'> {
  if (!held) return 'refused';
  const { next } = ended;
  const state = next.kind === 'again' ? 'queued' : ended.end ? 'running' : next.state;
  const recorded = await run(redis, END_ATTEMPT, [keys.job(job.id), keys.frames(job.id)], [
    granted.g, held.token, granted.a, state, JSON.stringify(ended), ended.costs ? granted.r : '',
    job.resumable ? KEEP_RESUMABLE_MS : KEEP_MS, PUBLISH_AT_MOST, `${keys.prefix}:reply:`, end ? JSON.stringify(end) : '', END_SEQ,
    next.kind === 'again' ? next.route : '',
    ...frames.flatMap(({ seq, kind, data }) => [seq, kind, data]),
  ]);
  crashPoint('end:recorded');
  return recorded === 1 ? 'recorded' : 'refused';
}
