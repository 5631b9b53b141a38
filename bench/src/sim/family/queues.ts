/** The queues of the simple policies: one a priority, first come first served. */
import type { Job } from '../policy.ts';

export interface Queues {
  add(job: Job): void;
  /** Before all others of its priority: it has been refused. */
  putBack(job: Job): void;
  first(rank: number): Job | undefined;
  take(rank: number): void;
  /** Takes out those at the heads whose time is over. */
  expire(now: number): readonly Job[];
  readonly ranks: number;
}

export function openQueues(ranks: number): Queues {
  const queues = Array.from({ length: ranks }, () => ({ jobs: [] as Job[], next: 0 }));
  const queueOf = (rank: number): { jobs: Job[]; next: number } => {
    const queue = queues[rank];
    if (queue === undefined) throw new Error(`no priority of rank ${rank}`);
    return queue;
  };
  const take = (rank: number): void => {
    const queue = queueOf(rank);
    queue.next += 1;
    if (queue.next < 4_096 || queue.next * 2 < queue.jobs.length) return;
    queue.jobs = queue.jobs.slice(queue.next);
    queue.next = 0;
  };
  return {
    ranks,
    add: (job) => void queueOf(job.priority.rank).jobs.push(job),
    putBack(job) {
      const queue = queueOf(job.priority.rank);
      queue.jobs.splice(queue.next, 0, job);
    },
    first: (rank) => queueOf(rank).jobs[queueOf(rank).next],
    take,
    expire(now) {
      const late: Job[] = [];
      for (let rank = 0; rank < ranks; rank += 1) {
        for (let job = queueOf(rank).jobs[queueOf(rank).next]; job !== undefined && job.startBy <= now; job = queueOf(rank).jobs[queueOf(rank).next]) {
          late.push(job);
          take(rank);
        }
      }
      return late;
    },
  };
}
