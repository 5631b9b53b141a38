/**
 * A request that makes work, from its arrival to whoever answers it: who is calling, what may be shown to its browser, and
 * the one place where what goes wrong on the way is told.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { keyScope, newJobId, SluiceError } from '@sluice/domain';
import type { Endpoint, EndError, Job, Logger, Snapshot } from '@sluice/domain';
import type { Door } from '@sluice/queue';
import type { IngressMetrics } from '@sluice/telemetry';
import { JsonTextError, members, REQUEST_FORMATS } from '@sluice/wire';
import type { AskedRequest, Member } from '@sluice/wire';
import type { SealKey } from './admit/admit.ts';
import { authenticate } from './admit/authenticate.ts';
import type { Budgets } from './admit/budgets.ts';
import type { Directory, KeyEntry } from './admit/directory.ts';
import { budgetsOf } from './admit/scopes.ts';
import type { Calls } from './call/calls.ts';
import { corsHeaders } from './http/cors.ts';
import { endErrorOf, sendError } from './http/error-handler.ts';
import { rateLimitHeaders } from './http/rate-limit-headers.ts';
import type { BodyBudget } from './http/read-body.ts';
import type { KeptParts } from './kept/kept-parts.ts';

export interface EdgeParts {
  readonly door: Door;
  readonly calls: Calls;
  readonly kept: KeptParts;
  readonly budget: BodyBudget;
  /** Long limits of callers. */
  readonly budgets: Budgets;
  readonly snapshot: () => Snapshot;
  readonly metrics: IngressMetrics;
  readonly log: Logger;
  /** Absent: without a master key none can be sealed. */
  readonly sealKey?: SealKey | undefined;
  readonly directory: () => Directory;
  /** Is this process on its way out? Connections that were open before may still bring requests. */
  readonly stopping: () => boolean;
  /** Epoch ms of Redis. */
  readonly now: () => number;
}

/** `headers`: of every answer of this visit, its refusals as well; what is learned on the way is added to them. */
export interface Visit {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly id: string;
  readonly caller: KeyEntry;
  readonly headers: OutgoingHttpHeaders;
  /** As metrics and clients know it. */
  readonly endpoint: string;
}

export interface Reception {
  readonly endpoint: string;
  readonly answer: (visit: Visit, parts: EdgeParts) => Promise<void>;
}

/** Answers every request, with an error where it must; never rejects. */
export async function receive({ req, res }: { req: IncomingMessage; res: ServerResponse }, { endpoint, answer }: Reception, parts: EdgeParts): Promise<void> {
  const id = newJobId(parts.now());
  const directory = parts.directory();
  let headers = { ...corsHeaders(req.headers.origin, directory.origins) };
  try {
    const caller = authenticate({ headers: req.headers, remoteAddress: req.socket.remoteAddress }, directory, parts.now());
    headers = { ...corsHeaders(req.headers.origin, new Set(caller.home.environment.settings.corsOrigins)) };
    await answer({ req, res, id, caller, headers, endpoint }, parts);
  } catch (error) {
    refuse(error, { res, id, headers, endpoint }, parts);
  }
}

type Refusing = Pick<Visit, 'res' | 'id' | 'headers' | 'endpoint'>;

function refuse(error: unknown, { res, id, headers, endpoint }: Refusing, { log, metrics }: EdgeParts): void {
  const refusal = error instanceof RefusedBefore ? error.refusal : endErrorOf(error, log, id);
  sendError(res, refusal, { requestId: id, headers });
  metrics.requestAnswered({ endpoint, status: statusOf(res), code: refusal.code });
}

/** A refusal that this request was given before and that still stands. */
export class RefusedBefore extends Error {
  readonly refusal: EndError;

  constructor(refusal: EndError) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

/** As it was sent; a client that left before it got one is counted as 499. */
export const statusOf = (res: ServerResponse): number => (res.headersSent ? res.statusCode : 499);

export function refuseUnderPressure({ door, stopping }: EdgeParts): void {
  if (stopping()) throw new SluiceError('unavailable', 'this server is stopping', { retryAfterMs: 1_000 });
  const pressure = door.pressure();
  if (pressure.kind !== 'none') throw new SluiceError(pressure.kind, pressure.reason);
}

/** Throws `rate_limit_exceeded` where a long limit of the caller cannot free in time; else tells of the caller's limits with the answer. */
export async function withinBudget({ headers, caller: { key } }: Visit, { scopes, ...job }: Job, { budgets, snapshot, now }: EdgeParts): Promise<void> {
  Object.assign(headers, rateLimitHeaders(key.limits, [], now()));
  if (scopes === undefined) return;
  const limits = budgetsOf(scopes, job.routes.map(({ model }) => model), snapshot());
  if (limits.length === 0) return;
  const left = await budgets.admit(job, limits);
  Object.assign(headers, rateLimitHeaders(key.limits, left.filter(({ id }) => id.startsWith(`${keyScope(key.id)}|`)), now()));
}

/** Of key, path and body: how a client's own retry is recognised, which is the same to the byte. */
export const fingerprintOf = ({ key }: KeyEntry, path: string, body: Buffer): string =>
  createHash('sha256').update(`${key.id}\n${path}\n`).update(body).digest('hex');

/** A body that is parsed already. Throws `invalid_request`. `within`: before the names of fields, where the body is part of another. */
export function requestOf(body: unknown, endpoint: Endpoint, within = ''): AskedRequest {
  const result = REQUEST_FORMATS[endpoint].read(body);
  if (result.kind === 'request') return result.request;
  throw new SluiceError('invalid_request', `${within}${result.message}`, { param: result.param === null ? null : `${within}${result.param}` });
}

/** The same of its bytes, with where its members stand in them. */
export function readRequest(body: Buffer, endpoint: Endpoint, within = ''): { request: AskedRequest; level: readonly Member[] } {
  try {
    const level = members(body);
    return { request: requestOf(JSON.parse(body.toString()), endpoint, within), level };
  } catch (cause) {
    if (cause instanceof JsonTextError) throw new SluiceError('invalid_request', `the body is not a JSON object: ${cause.message}`, { cause });
    throw cause;
  }
}
