/**
 * What the apps may ask of Redis, by role. Every method that says "decides" is one script: it checks everything before
 * it changes anything. All times are epoch ms of Redis' own clock, as `now()` tells it.
 */
import type {
  AttemptRecord, CancelReason, ConnectionView, End, EndError, Frame, Heard, Job, JobRecord, JournalRecord, Learned, Logger, Next, Outcome, Part, Ticket,
} from '@sluice/domain';
import type { Outlook } from '@sluice/scheduling';
import type { Commit, Epoch } from './kept-port.ts';
import type { Question, SharedAsk } from './owner-port.ts';

export interface QueueOptions {
  readonly url: string;
  /** Before every key and channel. Tests give one of their own. Default `sluice:v1`. */
  readonly prefix?: string;
  /** Reject at once while Redis is away (ingress: the caller gets a 503), instead of waiting for it to come back (default). */
  readonly failFast?: boolean;
  /** For processes that end kept jobs. */
  readonly commit?: Commit;
  readonly log: Logger;
}

/** A connection to Redis and the clock read off it; the roles below are opened on one. */
export interface Queue extends Part {
  readonly prefix: string;
  /** Redis time by a local monotonic clock: survives a step of the host's clock. */
  now(): number;
  /** Resolves when Redis answers, rejects within 2 s when it does not. */
  ping(): Promise<void>;
  /** What is wrong with the server's settings (maxmemory, policy, persistence), as lines for an operator; empty when all is well. */
  complaints(): Promise<readonly string[]>;
  /** An operator opens the circuit of a connection's model (`*`: of all of them), closes it, or leaves it to itself. */
  setCircuit(connection: string, model: string, to: 'open' | 'closed' | 'automatic'): Promise<void>;
  /** Tells every process that the configuration has a new version. */
  announceConfiguration(version: number): Promise<void>;
  onConfiguration(listener: (version: number) => void): Promise<void>;
}

export type * from './door-port.ts';
export type * from './owner-port.ts';

// ───────────────────────────── worker ─────────────────────────────

/** A ticket that has its permit. */
export interface Granted extends Ticket {
  /** lane it came from, and goes back to if the permit is withdrawn */
  readonly l: string;
  /** connection */
  readonly c: string;
  /** grant number: fences everything this attempt writes */
  readonly g: number;
  /** granted at; send by (both epoch ms): the provider must not be written to after it */
  readonly ga: number;
  readonly sb: number;
  /** what is reserved beyond `i` and `o` for providers that charge the maximum at admission; tokens */
  readonly e: number;
  /** score in its lane: its place, when it goes back there */
  readonly sc: number;
}

export type Claim =
  | {
      readonly kind: 'claimed';
      readonly job: Job;
      readonly body: Buffer;
      /** Attempts on this route that cost something, before this one. */
      readonly onRoute: number;
      /** Set when the job was cancelled before it was claimed: end the attempt as cancelled, send nothing. */
      readonly cancel: CancelReason | null;
    }
  /** Redelivered after its end was recorded: only `followUp` is left to do. */
  | { readonly kind: 'ended'; readonly job: Job; readonly ended: EndedAttempt }
  /** Redelivered without a recorded end: whoever had it is dead or fenced off from now on. Record `lost`. */
  | { readonly kind: 'abandoned'; readonly job: Job; readonly onRoute: number; readonly begun: boolean; readonly frames: number }
  /** The permit was withdrawn, or another attempt has taken its place: nothing to do. */
  | { readonly kind: 'void'; readonly why: string };

/** What the permit is settled with. A `null` count is unknown: the reservation then stands. */
export type Settlement =
  | { readonly kind: 'unsent' }
  | {
      readonly kind: 'sent';
      /** Latest possible arrival at the provider: the earlier of first response byte and body sent + guard. */
      readonly arrivedAt: number;
      readonly endedAt: number;
      readonly inputTokens: number | null;
      readonly outputTokens: number | null;
      /** Of the input what the provider does not count: read from its cache. Absent: nothing. */
      readonly uncountedInput?: number;
      /** The provider refused at a limit: nothing more is to be sent there before (epoch ms). */
      readonly cooldownUntil: number | null;
      /** Absent in what the previous release wrote. */
      readonly heard?: Heard | null;
    };

/** Everything that follows an ended attempt, recorded with it, so that it can be repeated after a crash. */
export interface EndedAttempt {
  readonly v: 1;
  readonly outcome: Outcome['kind'];
  readonly next: Next;
  readonly settlement: Settlement;
  readonly record: AttemptRecord;
  /** With `next.kind === 'finish'`. */
  readonly jobRecord: JobRecord | null;
  /** With `next.kind === 'finish'` of a kept job: told to Postgres, and only then to readers. */
  readonly end?: End;
  /** Does it count against the tries on its route? One that was never sent, or was handed back, does not. */
  readonly costs: boolean;
}

export interface EndOfAttempt {
  readonly job: Job;
  readonly ended: EndedAttempt;
  /** Its last. */
  readonly frames: readonly Frame[];
  /** Of the job, when this makes it final. */
  readonly end: End | null;
}

export interface DispatchOptions {
  readonly worker: string;
  /** Calls at once in this process. */
  readonly slots: number;
  /** One dispatched attempt, start to finish; when it resolves the dispatch job is completed. A rejection leaves it to redelivery.
   *  The object itself stands for this delivery: what was claimed with it is written with it, and with no other like it. */
  readonly handle: (granted: Granted) => Promise<void>;
  /** By pub/sub, and by the job's field each second. */
  readonly onCancel: (job: string, reason: CancelReason) => void;
}

export interface Dispatch extends Part {
  /** Job first, then permit; decides. */
  claim(granted: Granted): Promise<Claim>;
  /** The call's latest arrival is known and it still runs: lets the window move on before the end. Batched; need not be awaited. */
  reportSent(granted: Granted, arrivedAt: number, heard: Heard | null): void;
  /** Adds to the replay stream, then publishes to whoever waits. Batched; resolves when Redis has them, rejects when the claim was lost. Frames of one
   *  job in order; the first of an answer is its `head`. */
  publish(granted: Granted, frames: readonly Frame[]): Promise<void>;
  /** Records how the attempt ended. Decides; `refused`: fenced off, do nothing more. */
  endAttempt(granted: Granted, end: EndOfAttempt): Promise<'recorded' | 'refused'>;
  /** Settles the permit, writes the journal, adds the next attempt to its lane, or tells Postgres of a kept job's end. Repeatable at any point.
   *  `frames`: the whole answer where the caller has it, null where it is to be read again. */
  followUp(granted: Granted, after: { readonly job: Job; readonly ended: EndedAttempt; readonly frames: readonly Frame[] | null }): Promise<void>;
  /** Into the journal alone: the attempt may have called the provider, and nothing else can be recorded of it here. Repeatable. */
  noteLost(record: AttemptRecord): Promise<void>;
  /** Takes no new work; what runs goes on. */
  quiet(): Promise<void>;
}

// ───────────────────────────── journal ─────────────────────────────

export interface DrainOptions {
  /** Each group sees every record once (at least). `audit`, `metrics`. */
  readonly group: string;
  readonly consumer: string;
  readonly batch: number;
  /** May this group skip ahead when it lags by more than a tenth of the journal's bound? */
  readonly maySkip: boolean;
  /** Resolves when the records are kept; they are acknowledged after that. A rejection is tried again with backoff. */
  readonly handle: (records: readonly JournalRecord[], signal: AbortSignal) => Promise<void>;
  /** Records from..to (epoch ms) were skipped and are to be filled in from the audit later. */
  readonly onSkip?: (from: number, to: number) => void;
}

export interface Drain extends Part {
  /** Resolves when this consumer has handled everything that was in the journal when it was called, within `ms`; rejects otherwise. */
  caughtUp(ms: number): Promise<void>;
}

// ───────────────────────────── scheduler ─────────────────────────────

/** A connection owned by this scheduler: everything it writes is fenced. */
export interface Ownership {
  readonly connection: string;
  /** Also the first grant number: numbers of a later owner are greater than all of an earlier one. */
  readonly fence: number;
}

export interface LaneEntry {
  readonly ticket: Ticket;
  readonly score: number;
}

export interface LaneLook {
  readonly lane: string;
  readonly waiting: number;
  readonly heads: readonly LaneEntry[];
}

export type Report =
  | { readonly kind: 'sent'; readonly grant: number; readonly arrivedAt: number; readonly heard: Heard | null }
  | { readonly kind: 'settled'; readonly grant: number; readonly settlement: Settlement };

/** A permit as Redis keeps it: what was granted, and what is known of it since. */
export interface StoredPermit {
  readonly granted: Granted;
  readonly state:
    | { readonly kind: 'granted' | 'claimed' | 'withdrawn' }
    | { readonly kind: 'sent'; readonly arrivedAt: number }
    | { readonly kind: 'settled'; readonly settlement: Settlement };
}

/** Why an owner is woken. */
export type Woken =
  | { readonly kind: 'reports' }
  /** This job joined the lane, at the place that its score says. */
  | { readonly kind: 'joined'; readonly lane: string; readonly entry: LaneEntry }
  /** The lane is not what it was. */
  | { readonly kind: 'changed'; readonly lane: string }
  | { readonly kind: 'asked'; readonly question: Question };

export interface WorkerSlots {
  readonly total: number;
  readonly free: number;
}

export interface SchedulerOptions {
  readonly scheduler: string;
  /** By pub/sub: fast, never right. */
  readonly onWake: (connection: string, woken: Woken) => void;
}

/** What a lane's job ends with that never got a permit. */
export interface Retirement {
  readonly state: 'expired' | 'cancelled' | 'failed';
  readonly error: EndError;
}

/** Methods that write return undefined (or false) when the lease was lost: stop at once. */
export interface SchedulerRole extends Part {
  /** The name of this scheduler. */
  readonly scheduler: string;
  acquire(connection: string, leaseMs: number): Promise<Ownership | undefined>;
  renew(owned: Ownership, leaseMs: number): Promise<boolean>;
  release(owned: Ownership): Promise<void>;
  takeOver(owned: Ownership): Promise<readonly StoredPermit[] | undefined>;
  /** What earlier owners heard of the provider, as they wrote it; undefined: nothing. */
  loadHeard(connection: string): Promise<string | undefined>;
  saveHeard(owned: Ownership, text: string): Promise<boolean>;
  /** Circuits that an operator holds, by model (`*`: the connection). */
  circuits(connection: string): Promise<ReadonlyMap<string, 'open' | 'closed'>>;
  /** Models of a connection that nothing may be sent to now, `*` for all: told each second while there are any, and once when there are none. */
  tellOpenCircuits(connection: string, models: readonly string[]): Promise<void>;
  activeLanes(connection: string): Promise<readonly string[]>;
  look(owned: Ownership, lanes: readonly string[], heads: number): Promise<{ reports: readonly Report[]; lanes: readonly LaneLook[] } | undefined>;
  /** One script: answers for each whether it was moved. */
  grant(owned: Ownership, grants: readonly Granted[]): Promise<readonly boolean[] | undefined>;
  /** For each: withdrawn (the job is back in its place), or the state that it turned out to have. */
  withdraw(owned: Ownership, grants: readonly Granted[]): Promise<readonly StoredPermit['state']['kind'][] | undefined>;
  /** Ends jobs that wait in a lane or are parked; those that left meanwhile are skipped. Returns how many ended. */
  retire(connection: string, entries: readonly { lane: string; id: string }[], retirement: Retirement): Promise<number>;
  /** Attempts whose time to start has passed, wherever they stand in their lanes. */
  overdue(connection: string, limit: number): Promise<readonly { lane: string; id: string }[]>;
  /** Parked jobs whose client did not come back. */
  unclaimedOrphans(connection: string, limit: number): Promise<readonly { lane: string; id: string }[]>;
  /** Jobs whose ingress died are cancelled; retired jobs whose own keys do not say so yet are finished. */
  sweep(): Promise<void>;
  forgetPermits(owned: Ownership, grants: readonly number[]): Promise<void>;
  forgetLanes(owned: Ownership): Promise<readonly string[]>;
  slots(): Promise<WorkerSlots>;
  /** Names of the schedulers that are alive, this one included. */
  schedulers(): Promise<readonly string[]>;
  /** Those of the connections whose lease nobody has. */
  unowned(connections: readonly string[]): Promise<ReadonlySet<string>>;
  /** Which life of Redis this is. */
  epoch(): Promise<Epoch>;
  /** Writes permits again that Redis has lost; what it has stays. False when the lease was lost. */
  restorePermits(owned: Ownership, permits: readonly StoredPermit[]): Promise<boolean>;
  /** The table from which ingress tells positions and times. False when the lease was lost. */
  publishOutlook(owned: Ownership, outlook: Outlook): Promise<boolean>;
  /** For each how much of the limit is now lent to the connection; undefined when the lease was lost. */
  lendShared(owned: Ownership, asks: readonly SharedAsk[]): Promise<readonly number[] | undefined>;
  /** False when the lease was lost. */
  answer(owned: Ownership, answer: { readonly question: Question; readonly text: string }): Promise<boolean>;
  /** For operators. */
  publishView(connection: string, view: ConnectionView): Promise<void>;
  saveLearned(entries: readonly { connection: string; model: string; learned: Learned }[]): Promise<void>;
  loadLearned(): Promise<ReadonlyMap<string, Learned>>;
}
