/** What ingress may ask of Redis. */
import type { CancelReason, End, EndError, Frame, Job, JobStatus, Learned, Part } from '@sluice/domain';
import type { Foretold } from '@sluice/scheduling';
import type { Explained } from './owner-port.ts';

/** What is known of a byte-identical request of the same key and path. */
export type Recall =
  | { readonly kind: 'nothing' }
  /** `until`, epoch ms: what is left of its Retry-After. */
  | { readonly kind: 'refusal'; readonly error: EndError; readonly until: number }
  | { readonly kind: 'orphan'; readonly job: string };

/** Where a waiting job stands. `version`: of the owner's ledger that it is told from; null: no owner has told of any. */
export interface Position extends Omit<Foretold, 'version'> {
  readonly version: number | null;
}

/** What is known of a job that waits. */
export interface WaitingWhy {
  /** Connection id. */
  readonly connection: string;
  /** Undefined: its owner did not answer. */
  readonly answer: Explained | undefined;
}

/** Whether new work is taken, looked at once a second. */
export type Pressure =
  | { readonly kind: 'none' }
  | { readonly kind: 'queue_full' | 'unavailable'; readonly reason: string };

export interface DoorOptions {
  /** Unique per process start: names the reply channel and the heartbeat. */
  readonly ingress: string;
  /** Frames as they come by pub/sub: fast, never right. Of jobs submitted or adopted here. Must not throw. */
  readonly onFrames: (frames: readonly Frame[]) => void;
  /** The connection to Redis broke: what is open and has not been answered must be given up (503, or an error event). */
  readonly onLost: () => void;
}

export interface Door extends Part {
  recall(fingerprint: string): Promise<Recall>;
  /** Stores body and job, marks the lane active, adds the ticket, wakes the scheduler: in that order, one round trip. */
  submit(job: Job, body: Buffer): Promise<void>;
  /** Takes over the orphan of this fingerprint; decides: each orphan is taken over once. Its frames then come here. */
  adopt(fingerprint: string): Promise<Job | undefined>;
  /** The client went away: a queued job keeps its place for 15 s without being dispatched, then is cancelled. Decides. */
  park(job: Job): Promise<'parked' | 'running' | 'final'>;
  /** Queued: becomes final at once. Running: its worker is told to abort. Decides. */
  cancel(job: Job, reason: CancelReason, error: EndError): Promise<'removed' | 'running' | 'final'>;
  /** Ends a kept job: Postgres decides, then whatever Redis has of it is stopped. Resolves with the end that stands. Repeatable. */
  endKept(job: Job, reason: CancelReason, error: EndError): Promise<End>;
  /** Nobody waits for this job any more, and Redis may be away: it is cancelled as soon as it answers. */
  abandon(job: Job): void;
  rememberRefusal(fingerprint: string, error: EndError, forMs: number): Promise<void>;
  position(job: Job): Promise<Position | undefined>;
  /** Why it waits, from the owner of its connection; undefined when it does not wait. */
  explain(job: Job): Promise<WaitingWhy | undefined>;
  /** A job by its id, kept or not; undefined: Redis knows nothing of it. */
  find(id: string): Promise<Job | undefined>;
  /** From the replay stream: every frame with a greater seq, in order, at most `limit`. The truth behind pub/sub. */
  framesAfter(job: string, seq: number, limit?: number): Promise<readonly Frame[]>;
  /** What Redis knows of a job; undefined: nothing. */
  status(job: string): Promise<JobStatus | undefined>;
  /** Somebody reads the stream of a kept job. */
  readerCame(job: string): Promise<void>;
  /** Somebody does no longer, `counted` when `readerCame` told of them. The mark of this going; undefined: Redis knows nothing of the job. */
  readerLeft(job: string, counted: boolean): Promise<string | undefined>;
  /** Nobody has read it since that going. */
  isStillLeft(job: string, mark: string): Promise<boolean>;
  /** A kept job was accepted: the feeder need not wait for its next look. Fast, never right. */
  wakeFeeder(): void;
  /** The answer is delivered or nobody wants it: what Redis holds of the job may go. */
  forget(job: Job): Promise<void>;
  pressure(): Pressure;
  /** Whether nothing may be sent to a model of a connection now, as its owner said within the last seconds. */
  isCircuitOpen(connection: string, model: string): boolean;
  /** Learned token figures of (connection, model), refreshed each second. */
  learned(connection: string, model: string): Learned | undefined;
}

export type { Learned };
