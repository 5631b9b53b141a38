/**
 * A kept job becomes final: in Postgres, then in the journal, then for whoever waits. Each step may be repeated, by whoever
 * finds the recorded end; what stands is what Postgres says.
 */
import { END_SEQ, beforeFirstFrameOf, type End, type FinalJob, type Frame, type Job, type JournalRecord } from '@sluice/domain';
import { crashPoint } from './crash-points.ts';
import { isEnd, readReplay } from './frames.ts';
import { FINISH_JOB } from './lua/attempt.ts';
import type { OpenQueue } from './open.ts';
import { run } from './script.ts';

/** Readers that come later find the answer in Postgres. */
const KEEP_MS = 60_000;
const PIECE = 256;

/** `frames` are null where they are known to Redis alone. Rejects while Postgres is away: then nobody is told, and it is tried again. */
export async function finishKept(queue: OpenQueue, { frames, ...final }: Omit<FinalJob, 'frames'> & { readonly frames: readonly Frame[] | null }): Promise<void> {
  const { redis, keys } = queue;
  const { job } = final;
  const end = await queue.commit({ ...final, frames: frames ?? await answerOf(queue, job) });
  crashPoint('finish:committed');
  // Also where the job was cancelled first: what the attempt cost is told by this record alone.
  await Promise.all([
    journal(queue, { ...final.record, state: end.state, errorCode: end.error?.code ?? null }),
    run(redis, FINISH_JOB, [keys.job(job.id), keys.frames(job.id)], [end.state, JSON.stringify(end), KEEP_MS, `${keys.prefix}:reply:`, END_SEQ, 'running']),
  ]);
  crashPoint('finish:told');
}

/** The end of a job that made no further attempt. Where another end stands, whoever brought that one writes the journal. */
export async function commitEnd(queue: OpenQueue, final: FinalJob): Promise<End> {
  const end = await queue.commit(final);
  crashPoint('finish:committed');
  if (end.state === final.end.state) await journal(queue, final.record);
  return end;
}

/** The audit takes a record any number of times. */
export async function journal({ redis, keys, recent }: OpenQueue, record: JournalRecord): Promise<void> {
  recent.add(record);
  await redis.xadd(keys.journal, '*', 'r', JSON.stringify(record));
}

async function answerOf({ redis, keys }: OpenQueue, job: Job): Promise<readonly Frame[]> {
  const frames: Frame[] = [];
  for (;;) {
    const seq = frames.at(-1)?.seq ?? beforeFirstFrameOf(job);
    const piece = await readReplay(redis, keys, { job: job.id, seq, limit: PIECE });
    frames.push(...piece.filter((frame) => !isEnd(frame)));
    if (piece.length < PIECE) return frames;
  }
}
