/** The frames of a kept job: in Redis while they are fresh, afterwards as Postgres keeps them. The same frames, the same numbers. */
import { END_SEQ } from '@sluice/domain';
import type { Frame, Job } from '@sluice/domain';
import type { FramesAfter } from '../call/following.ts';
import type { KeptParts } from './kept-parts.ts';

export const framesOf = ({ door, jobs }: Pick<KeptParts, 'door' | 'jobs'>, { environment }: Pick<Job, 'environment'>): FramesAfter =>
  async (id, seq, limit) => {
    const fresh = await door.framesAfter(id, seq, limit);
    if (fresh.length > 0 || await door.status(id)) return fresh;
    // Redis knows nothing of it: it waits to be put there, or it is long over.
    const stored = await jobs.find(environment, id);
    if (!stored?.end) return [];
    const end: Frame = { job: id, seq: END_SEQ, kind: 'end', data: Buffer.from(JSON.stringify(stored.end)) };
    return [...await jobs.frames(id, seq), end].slice(0, limit);
  };
