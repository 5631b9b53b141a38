/** A job: the promise to finish one request. What is written here is stored; `v` is the version of the format. */
import type { Kept } from './kept.ts';
import type { JobState } from './state.ts';

/** One place a request can be sent, resolved when the job was accepted. */
export interface Route {
  /** Connection id; `name` and `provider` are carried for headers, audit and metrics. */
  readonly connection: string;
  readonly name: string;
  readonly provider: string;
  readonly model: string;
}

export type Endpoint = 'chat' | 'embeddings';

/** What a call is expected to cost before it is made. Tokens. */
export interface Estimate {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The request's own maximum, where it states one: some providers charge it at admission. */
  readonly maximumOutputTokens: number | null;
}

/** How a body's bytes and its input tokens go together: moments of both, and by what part of itself an estimate is off in the mean. */
export interface InputLine {
  readonly bytesMean: number;
  readonly tokensMean: number;
  readonly bytesVariance: number;
  readonly covariance: number;
  readonly deviation: number;
}

/** What settled calls have taught about a route (connection and model). Calls are their number. */
export interface Learned {
  readonly input: InputLine;
  /** Tokens of one call, and their variance. */
  readonly outputMean: number;
  readonly outputVariance: number;
  readonly calls: number;
}

/** The immutable part of a job: everything but its body, its state and its frames. Times are epoch ms of Redis. */
export interface Job {
  readonly v: 1;
  readonly id: string;
  readonly workspace: string;
  readonly environment: string;
  readonly apiKey: string;
  /** Who shares fairly: the API key's id, unless said otherwise. */
  readonly tenant: string;
  readonly weight: number;
  readonly resource: string;
  readonly priority: string;
  /** 0 is the most urgent. */
  readonly rank: number;
  readonly endpoint: Endpoint;
  readonly mode: 'sync' | 'async' | 'batch';
  readonly stream: boolean;
  readonly resumable: boolean;
  /** It has a row in Postgres; absent: Redis alone holds it. */
  readonly kept?: Kept;
  /** In the order they are to be tried; `fallback: false` leaves one. */
  readonly routes: readonly Route[];
  readonly onUnsupported: 'refuse' | 'drop';
  /** The caller's own key at the provider, sealed for this job. Absent: the connection's credentials. */
  readonly providerKey?: string;
  readonly createdAt: number;
  /** The provider must have been called by then, else `queue_timeout`. */
  readonly startBy: number;
  /** An unfinished job then becomes `expired`. */
  readonly deadline: number;
  readonly estimate: Estimate;
  readonly bodyBytes: number;
  /** The bytes of text that cost as many tokens as the body, where that is less or more than its bytes (it holds media). */
  readonly textBytes?: number;
  /** sha256 (hex) of key, path and body: how a client's own retry is recognised. */
  readonly fingerprint: string;
  /** Of the client, for providers that they mean something to; in lower case. Absent: none. */
  readonly clientHeaders?: Readonly<Record<string, string>>;
  readonly correlationId: string | null;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  readonly capture: 'none' | 'metadata' | 'full';
  /** Whose limits cover it, besides those of its connection: scope.ts. Absent: nobody's. */
  readonly scopes?: readonly string[];
}

/** What a lane and dispatch hold of one attempt: ids and numbers only. Short names, because there may be a million. */
export interface Ticket {
  readonly v: 1;
  /** job */
  readonly j: string;
  /** attempt, from 1 */
  readonly a: number;
  /** index into the job's routes */
  readonly r: number;
  /** model, because limits may be by model */
  readonly m: string;
  /** estimated input tokens, output tokens, and the request's own maximum of output (0: none) */
  readonly i: number;
  readonly o: number;
  readonly x: number;
  /** bytes of text, from which the ratio of bytes to tokens is learned */
  readonly n: number;
  /** created, epoch ms: arrival order between tenants */
  readonly t: number;
  /** not to be started after, epoch ms */
  readonly s: number;
  /** not before, epoch ms (0: at once): a throttled attempt waits in its lane */
  readonly b: number;
  /** whose limits cover it besides those of the connection (scope.ts); absent: nobody's */
  readonly k?: readonly string[];
}

/** The changing part of a job, as Redis holds it. */
export interface JobStatus {
  readonly state: JobState;
  readonly attempt: number;
  readonly cancel: CancelReason | null;
}

export type CancelReason = 'client' | 'operator' | 'deadline' | 'ingress_lost';

/** The ticket of a job's next attempt. */
export function ticketOf(job: Job, attempt: number, { route, notBefore }: { route: number; notBefore: number }): Ticket {
  const { inputTokens, outputTokens, maximumOutputTokens } = job.estimate;
  return {
    v: 1, j: job.id, a: attempt, r: route, m: job.routes[route]?.model ?? '',
    i: inputTokens, o: outputTokens, x: maximumOutputTokens ?? 0, n: job.textBytes ?? job.bodyBytes,
    t: job.createdAt, s: Math.min(job.startBy, job.deadline), b: notBefore, ...(job.scopes === undefined ? {} : { k: job.scopes }),
  };
}
