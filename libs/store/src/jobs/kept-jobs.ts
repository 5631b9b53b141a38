/** What the apps may ask of kept jobs. Each verb is one statement, or two where the second tells who was first. */
import type { End, FinalJob, Frame, Head, Job, JobState, JobWebhook } from '@sluice/domain';

export interface KeptJobs {
  /**
   * Resolves when the row is committed. Decides who uses an idempotency key first.
   * Calls of the same moment share a statement.
   */
  accept(job: NewJob): Promise<Accepted>;
  /**
   * Makes the row final, unless it is: decides which end stands. Its webhooks are written with it, and an idempotency key is
   * free again after an error that may be tried again. Calls of the same moment share a statement.
   */
  finish(final: FinalJob, answerId: string | null): Promise<Finished>;

  /** Feeds with rows that wait to be put into lanes, in order of name. */
  waitingFeeds(now: number): Promise<readonly string[]>;
  /** What of each feed is in lanes or running. */
  inLanes(now: number): Promise<readonly FeedLoad[]>;
  /** The next waiting rows of each feed, with their bodies, in order of id within a feed. */
  take(asked: readonly FeedQuestion[], now: number): Promise<readonly WaitingJob[]>;
  /** These rows are in Redis now. Returns those that still had to be: the others became final meanwhile. */
  markEnqueued(ids: readonly string[], epoch: string): Promise<ReadonlySet<string>>;
  /** Rows of this epoch that are in lanes or running, or of all others; in order of id behind `after`. */
  enqueued(question: EnqueuedQuestion, now: number): Promise<readonly string[]>;
  /** These rows wait to be put into lanes again; those Redis has lost as their next generation. */
  takeBack(rows: { readonly lost: readonly string[]; readonly held: readonly string[] }): Promise<void>;
  /** Unfinished jobs whose deadline passed before `before`. */
  overdue(before: number, limit: number): Promise<readonly Job[]>;

  /** Undefined where this environment has no such job. */
  find(environment: string, id: string): Promise<StoredJob | undefined>;
  /** Head and data of the stored answer behind `after`, as their readers got them; empty while there is none. */
  frames(id: string, after: number): Promise<readonly Frame[]>;
  list(question: ListQuestion): Promise<readonly StoredJob[]>;
  attempts(id: string): Promise<readonly StoredAttempt[]>;
  /** Deletes what this environment keeps no longer, and idempotency keys of more than a day; at most some thousands at a time. */
  forget(environment: string, createdBefore: number): Promise<number>;
}

export interface NewJob {
  /** With `kept`. */
  readonly job: Job;
  readonly body: Buffer;
  readonly webhook: JobWebhook | null;
  /** The ingress that waits for it, or ''. */
  readonly reply: string;
  /** The caller's key; the same request is recognised by the job's fingerprint. */
  readonly idempotencyKey: string | null;
}

export type Accepted =
  | { readonly kind: 'accepted' }
  /** The same request was accepted under this key before. */
  | { readonly kind: 'same'; readonly job: string }
  /** Another request was. */
  | { readonly kind: 'conflict' };

export interface Finished {
  readonly first: boolean;
  /** The end that stands: the one given, or that of whoever was first. */
  readonly end: End;
}

export interface FeedLoad {
  readonly feed: string;
  readonly jobs: number;
  readonly bytes: number;
}

export interface FeedQuestion {
  readonly feed: string;
  /** The last id seen: a cursor, because what left a feed is in its index until it is vacuumed. */
  readonly after: string;
  readonly jobs: number;
  /** Of bodies; one job is always taken. */
  readonly bytes: number;
}

export interface WaitingJob {
  readonly feed: string;
  /** Of its present generation. */
  readonly job: Job;
  readonly body: Buffer;
  readonly reply: string;
}

export interface EnqueuedQuestion {
  readonly epoch: string;
  readonly which: 'this' | 'others';
  readonly after: string;
  readonly limit: number;
}

/** A row without its bodies. Times epoch ms. */
export interface StoredJob {
  readonly job: Job;
  readonly state: Extract<JobState, 'queued'> | End['state'];
  readonly webhook: JobWebhook | null;
  readonly head: Head | null;
  readonly end: End | null;
  readonly answerId: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly cost: number | null;
  readonly startedAt: number | null;
  readonly endedAt: number | null;
}

export interface ListQuestion {
  readonly environment: string;
  readonly createdAfter: number;
  readonly state: string | null;
  readonly resource: string | null;
  readonly tag: string | null;
  readonly correlationId: string | null;
  readonly answerId: string | null;
  /** Newest first: the last id of the page before. */
  readonly after: string | null;
  readonly limit: number;
}

export interface StoredAttempt {
  readonly attempt: number;
  readonly connection: string;
  readonly provider: string;
  readonly model: string;
  readonly outcome: string;
  readonly errorCode: string | null;
  readonly httpStatus: number | null;
  readonly upstreamRequestId: string | null;
  readonly queuedAt: number;
  readonly sentAt: number | null;
  readonly firstByteAt: number | null;
  readonly endedAt: number;
  readonly inputTokens: number | null;
  readonly outputTokens: number | null;
}
