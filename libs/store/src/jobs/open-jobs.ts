/** The verbs of kept jobs on one database; those that come by the hundred share statements. */
import type { ChunkStore } from '@sluice/domain';
import type { Kysely } from 'kysely';
import type { Partitions } from '../partitions.ts';
import { accept } from './accept.ts';
import { enqueued, inLanes, markEnqueued, overdue, take, takeBack, waitingFeeds } from './feed.ts';
import { finish, type Finishing } from './finish.ts';
import type { Accepted, Finished, KeptJobs, NewJob } from './kept-jobs.ts';
import { withBodies } from './line-bodies.ts';
import { microBatched } from './micro-batch.ts';
import { attempts, find, forget, frames, list } from './read.ts';

export function openJobs(db: Kysely<unknown>, partitions: Partitions, chunks: ChunkStore): KeptJobs {
  const acceptOne = microBatched<NewJob, Accepted>({
    send: (jobs) => accept(db, partitions, jobs), bytesOf: ({ body }) => body.length,
  });
  const finishOne = microBatched<Finishing, Finished>({
    send: (finishing) => finish(db, finishing), bytesOf: ({ final }) => final.frames.reduce((sum, { data }) => sum + data.length, 0),
  });
  return {
    accept: acceptOne,
    finish: (final, answerId) => finishOne({ final, answerId }),
    waitingFeeds: (now) => waitingFeeds(db, now),
    inLanes: (now) => inLanes(db, now),
    take: async (asked, now) => withBodies(await take(db, asked, now), chunks),
    markEnqueued: (ids, epoch) => markEnqueued(db, ids, epoch),
    enqueued: (question, now) => enqueued(db, question, now),
    takeBack: (rows) => takeBack(db, rows),
    overdue: (before, limit) => overdue(db, before, limit),
    find: (environment, id) => find(db, environment, id),
    frames: (id, after) => frames(db, id, after),
    list: (question) => list(db, question),
    attempts: (id) => attempts(db, id),
    forget: (environment, createdBefore) => forget(db, environment, createdBefore),
  };
}
