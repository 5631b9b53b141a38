/** `GET /v1/jobs/{id}/explain`: the one thing that a job waits for, from the scheduler that owns its connection. Kept or not. */
import { type Job, type JobState, SluiceError } from '@sluice/domain';
import { storedJob, type KeptParts } from './kept-parts.ts';

interface Home {
  readonly id: string;
  readonly retentionMs: number;
}

/** Throws `not_found`, `unavailable`. */
export async function explainJob(home: Home, id: string, parts: KeptParts) {
  const { door } = parts;
  const held = await reached(door.find(id));
  const { job, state } = held?.environment === home.id ? { job: held, state: await stateIn(held, parts) } : await stateOfStored(home, id, parts);
  const waiting = state === 'queued' ? await reached(door.explain(job)) : undefined;
  const answer = waiting?.answer;
  const connection = job.routes.find((route) => route.connection === waiting?.connection)?.name ?? null;
  return {
    object: 'job.explanation', id: job.id, state, connection, version: answer?.version ?? null, constraint: answer?.constraint ?? null,
    sentence: answer?.sentence ?? (state === 'queued' ? 'The scheduler did not answer: the job is on its way into or out of its queue, or another scheduler is taking over.' : `The job does not wait: it is ${state}.`),
    position: answer?.position ?? null, eta_ms: answer?.etaMs ?? null,
  };
}

async function stateIn(job: Job, { door }: KeptParts): Promise<JobState> {
  return (await reached(door.status(job.id)))?.state ?? 'queued';
}

async function stateOfStored(home: Home, id: string, parts: KeptParts): Promise<{ job: Job; state: JobState }> {
  const { job, end } = await storedJob(parts, home, id);
  return { job, state: end?.state ?? 'queued' };
}

const reached = <T>(answer: Promise<T>): Promise<T> =>
  answer.catch((cause: unknown) => Promise.reject(new SluiceError('unavailable', 'the queue is not reachable', { cause })));
