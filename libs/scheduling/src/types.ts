/**
 * The words of `step(state, events, now)`: what a connection's scheduler is told and what it decides.
 * One state per connection. No I/O, no clock, no randomness: the scheduler app, the simulator and the tests run the same code.
 */
import type { Connection, Learned, Limit, LimitReading, Priority, Reception, StrategyName } from '@sluice/domain';

/** Charges are kept per limit, by its id: `<dimension>/<model or *>/<windowMs>`, with `/<window>` where that is not sliding,
 *  for those of the connection; any other name for a shared one. */
export interface LimitState {
  readonly id: string;
  readonly limit: Limit;
  /** `own`: this connection's. `shared`: a part of a limit that spans connections, lent to this owner; its amount moves with
   *  `tranche` events. `unsent`: the free slots of the workers, which count permits from grant until they are sent. `slots`: open
   * calls, from grant until settled. */
  readonly kind: 'own' | 'shared' | 'unsent' | 'slots';
}

/** How the provider counts, from its profile. `unknown`: the safe union of both. */
export type OutputCounting = 'maximum_at_admission' | 'as_produced' | 'unknown';

export interface Capacity {
  readonly limits: readonly LimitState[];
  readonly outputCounting: OutputCounting;
  /** A permit not claimed this long after its grant is withdrawn. */
  readonly sendWithinMs: number;
  /** A claimed permit of which nothing more was heard stays charged this long. */
  readonly leaseMs: number;
  readonly paused: boolean;
  /** Who goes next; `weighted` where nothing is said. */
  readonly strategy?: StrategyName;
  /** How much is kept free for more urgent priorities; `adaptive` where nothing is said. */
  readonly headroom?: Connection['headroom'];
  /** Models whose failed calls can go to another connection: their jobs are not held back when most calls fail. */
  readonly elsewhere?: readonly string[];
}

/** One waiting job at or near the head of its lane. */
export interface Head {
  /** `<job>-<attempt>` */
  readonly id: string;
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** 0: the request states none */
  readonly maximumOutputTokens: number;
  /** Of text: what the tokens of the input are estimated from anew. */
  readonly bodyBytes?: number;
  readonly createdAt: number;
  readonly startBy: number;
  readonly notBefore: number;
  /** Owners of shared limits that cover it besides those of the connection: see `scope` events. */
  readonly scopes?: readonly string[];
  /** Its number in its lane, growing from job to job: how an outlook that is a moment old finds it again. */
  readonly place?: number;
}

/** Whose jobs a lane holds. */
export interface Whose {
  readonly priority: string;
  /** 0 is the most urgent; where the priority is configured, the configured rank holds. */
  readonly rank: number;
  readonly tenant: string;
  /** The tenant's part inside its priority, beside the weights of the others. */
  readonly weight: number;
}

export interface LaneHeads extends Whose {
  readonly lane: string;
  /** The first jobs of the lane in order; `waiting` counts all of them. */
  readonly heads: readonly Head[];
  readonly waiting: number;
}

/** What a permit takes, per dimension; kept so that settling can correct it. */
export interface Reservation {
  readonly model: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** What the provider may charge at admission beyond `outputTokens`. */
  readonly extraOutputTokens: number;
  /** As in its head. */
  readonly scopes?: readonly string[];
}

export type Event =
  | { readonly kind: 'capacity'; readonly capacity: Capacity; readonly priorities: readonly Priority[] }
  /** Replaces all that was known of this lane; an empty list of heads forgets it. */
  | { readonly kind: 'lane'; readonly lane: LaneHeads }
  /** So many jobs joined the end of a lane since it was told of: cheaper than telling of the lane again. */
  | { readonly kind: 'joined'; readonly lane: string; readonly jobs: number }
  /** The grant script did not move this job (it was gone from its lane): the permit never was. */
  | { readonly kind: 'ungranted'; readonly permit: number }
  /** A worker has it: it is not withdrawn any more, and stays charged until it is reported or its lease ends. Need not be
   *  told. */
  | { readonly kind: 'claimed'; readonly permit: number }
  | { readonly kind: 'sent'; readonly permit: number; readonly arrivedAt: number }
  /** Never sent: given back whole. */
  | { readonly kind: 'released'; readonly permit: number }
  /** `null`: unknown, the reservation stands. Settling twice changes nothing; an unknown permit is inserted where it was sent. */
  | {
      readonly kind: 'settled'; readonly permit: number; readonly reservation: Reservation;
      readonly arrivedAt: number; readonly endedAt: number;
      readonly inputTokens: number | null; readonly outputTokens: number | null;
      /** Of a permit that may be unknown here, as in `recovered`. */
      readonly whose?: Whose;
    }
  /** What the provider told with the answer to a call: its limits, and how it took the call. `null`: it was not our call that it
   *  judged (cancelled by its caller, a fault of the request). Times are epoch ms; the answer began at `at`. */
  | {
      readonly kind: 'heard'; readonly permit: number; readonly model: string; readonly answer: Reception | null;
      readonly grantedAt: number; readonly sentAt: number; readonly at: number; readonly readings: readonly LimitReading[];
    }
  /** Nothing may be sent before (of one model where it is given); then one call goes first. The longest heard of wins. */
  | { readonly kind: 'cooldown'; readonly until: number; readonly model?: string }
  /** An operator opens the circuit of a model (`*`: of the connection), closes it, or leaves it to itself. */
  | { readonly kind: 'circuit'; readonly model: string; readonly to: 'open' | 'closed' | 'automatic' }
  /** What an earlier owner had heard of the provider. */
  | { readonly kind: 'remembered'; readonly memory: Remembered }
  /** What settled calls of a model have taught by now. */
  | { readonly kind: 'taught'; readonly model: string; readonly learned: Learned }
  /**
   * The limits of a key, a resource or a source address: they cover the jobs that name it. Their ids are `<scope>|<anything>`, and nothing
   * of them is lent yet. An empty list forgets it; that of a scope that is known changes nothing of what was charged and lent.
   */
  | { readonly kind: 'scope'; readonly scope: string; readonly limits: readonly LimitState[] }
  /** The amount now lent to this owner of a shared, unsent or slots limit. */
  | { readonly kind: 'tranche'; readonly limit: string; readonly amount: number }
  /** A permit known from Redis at takeover. `arrivedAt` null: not yet reported as sent. */
  | {
      readonly kind: 'recovered'; readonly permit: number; readonly reservation: Reservation;
      readonly lane: string; readonly head: string;
      /** Whose share it is charged to; nobody's where nothing is said. */
      readonly whose?: Whose;
      readonly grantedAt: number; readonly claimed: boolean; readonly arrivedAt: number | null;
    };

/** What was heard of the provider, to be kept for the next owner. */
export interface Remembered {
  readonly v: 1;
  readonly limits: readonly {
    readonly id: string;
    /** Where it was learned: the limit itself. */
    readonly learned: Limit | null;
    readonly stated: number | null;
    readonly factor: { readonly value: number; readonly at: number; readonly cutAt: number; readonly refusedAt: number };
    /** Charged for others in the window. */
    readonly foreign: number;
    readonly heardAt: number;
  }[];
  readonly cooldownUntil: number;
  readonly gates: readonly { readonly model: string; readonly until: number; readonly backoffMs: number; readonly forced: boolean }[];
}

export type Decision =
  | {
      readonly kind: 'grant'; readonly permit: number; readonly lane: string; readonly head: string;
      readonly sendBy: number; readonly reservation: Reservation;
    }
  /** Not known to be claimed by its sendBy, or by the time the provider closed: withdraw it, and put the job back to the head of its lane. The app answers with
   *  `released` or, when it turns out to be claimed, with `claimed`, `sent` or `settled`; asked again each second until then. */
  | { readonly kind: 'withdraw'; readonly permit: number; readonly lane: string; readonly head: string }
  /** It did not start in time: expire it, at no cost. */
  | { readonly kind: 'expire'; readonly lane: string; readonly head: string };
