/** What kept jobs ask of Redis, and Redis of Postgres. */
import type { CancelReason, End, EndError, FinalJob, Job, Part } from '@sluice/domain';
import type { Pressure } from './ports.ts';

/** Tells Postgres how a kept job ended. Resolves with the end that stands, which may be that of somebody who was first; repeatable. */
export type Commit = (final: FinalJob) => Promise<End>;

/** How long Redis has been what it is: rows put into another epoch may be lost. */
export interface Epoch {
  readonly name: string;
  /** Epoch ms. */
  readonly beganAt: number;
  /** It began with nothing. Else Redis was started again with what it had written down, but for the last second or two. */
  readonly isEmpty: boolean;
}

export interface KeptEntry {
  readonly job: Job;
  readonly body: Buffer;
  /** The ingress that waits for it, or ''. */
  readonly reply: string;
}

/** The one that puts kept jobs into lanes. */
export interface FeederRole extends Part {
  /** The fence, or undefined when another has the lease. */
  acquire(leaseMs: number): Promise<number | undefined>;
  /** False: the lease was lost. */
  renew(fence: number, leaseMs: number): Promise<boolean>;
  epoch(): Promise<Epoch>;
  /** Stores them and adds them to their lanes; what is there already changes nothing. False: fenced off, stop at once. */
  put(fence: number, entries: readonly KeptEntry[]): Promise<boolean>;
  /** Those that Redis knows nothing of. */
  absent(ids: readonly string[]): Promise<readonly string[]>;
  /** Postgres decides, then whatever Redis has of it is stopped. Resolves with the end that stands. */
  end(job: Job, reason: CancelReason, error: EndError): Promise<End>;
  pressure(): Pressure;
}
