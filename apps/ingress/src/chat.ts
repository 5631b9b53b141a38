/**
 * `POST /v1/chat/completions`: from a request to a call that waits for its job.
 *
 * What is known of a byte-identical request is asked for as soon as the body is whole, and overlaps with checking it.
 */
import { createHash } from 'node:crypto';
import type { IncomingMessage, OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { newJobId, SluiceError } from '@sluice/domain';
import type { EndError, Job, Logger } from '@sluice/domain';
import type { Door, Recall } from '@sluice/queue';
import type { IngressMetrics } from '@sluice/telemetry';
import { JsonTextError, members, readChatRequest, withoutSluice } from '@sluice/wire';
import type { ChatRequest, Member } from '@sluice/wire';
import { admit } from './admit/admit.ts';
import type { Admission } from './admit/admit.ts';
import { authenticate } from './admit/authenticate.ts';
import type { Directory, KeyEntry } from './admit/directory.ts';
import { Call, unavailable } from './call/call.ts';
import type { CallResult } from './call/call.ts';
import type { Calls } from './call/calls.ts';
import { StreamedAnswer } from './call/streamed-answer.ts';
import { WholeAnswer } from './call/whole-answer.ts';
import { CHAT_PATH } from './http/paths.ts';
import { corsHeaders } from './http/cors.ts';
import { endErrorOf, sendError } from './http/error-handler.ts';
import { readBody } from './http/read-body.ts';
import type { BodyBudget } from './http/read-body.ts';

export interface ChatParts {
  readonly door: Door;
  readonly calls: Calls;
  readonly budget: BodyBudget;
  readonly metrics: IngressMetrics;
  readonly log: Logger;
  readonly directory: () => Directory;
  /** Is this process on its way out? Connections that were open before may still bring requests. */
  readonly stopping: () => boolean;
  /** Epoch ms of Redis. */
  readonly now: () => number;
}

const ENDPOINT = '/v1/chat/completions';

/** Answers every request, with an error where it must; never rejects. */
export async function chat(req: IncomingMessage, res: ServerResponse, parts: ChatParts): Promise<void> {
  const id = newJobId(parts.now());
  const directory = parts.directory();
  let headers = corsHeaders(req.headers.origin, directory.origins);
  try {
    const caller = authenticate({ headers: req.headers, remoteAddress: req.socket.remoteAddress }, directory, parts.now());
    headers = corsHeaders(req.headers.origin, new Set(caller.home.environment.settings.corsOrigins));
    await answer({ req, res, id, caller, headers }, parts);
  } catch (error) {
    refuse(error, { res, id, headers }, parts);
  }
}

interface Visit {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly id: string;
  readonly caller: KeyEntry;
  readonly headers: OutgoingHttpHeaders;
}

async function answer(visit: Visit, parts: ChatParts): Promise<void> {
  const { req, res, caller } = visit;
  const { budget, door } = parts;
  const body = await readBody(req, budget);
  try {
    const fingerprint = fingerprintOf(caller, body);
    const recalled = reached(door.recall(fingerprint));
    recalled.catch(() => undefined); // awaited below, unless checking the request throws first
    const { request, level } = read(body);
    const admission = admit({
      id: visit.id, caller, headers: req.headers, request, bodyBytes: body.length, fingerprint, now: parts.now(),
      learned: (connection, model) => door.learned(connection, model),
    });
    const adopted = await takeOver(await recalled, fingerprint, parts);
    if (res.closed) return abandonAdopted(adopted, parts);
    if (adopted) return openCall(visit, { ...admission, job: adopted }, parts).submitted(true);
    refuseUnderPressure(parts);
    await submit(openCall(visit, admission, parts), withoutSluice(body, level), parts);
  } finally {
    budget.give(body.length);
  }
}

/** Of key, path and body: how a client's own retry is recognised, which is the same to the byte. */
const fingerprintOf = ({ key }: KeyEntry, body: Buffer): string =>
  createHash('sha256').update(`${key.id}\n${CHAT_PATH}\n`).update(body).digest('hex');

function read(body: Buffer): { request: ChatRequest; level: readonly Member[] } {
  try {
    const level = members(body);
    const result = readChatRequest(JSON.parse(body.toString()));
    if (result.kind === 'refused') throw new SluiceError('invalid_request', result.message, { param: result.param });
    return { request: result.request, level };
  } catch (cause) {
    if (cause instanceof JsonTextError) throw new SluiceError('invalid_request', `the body is not a JSON object: ${cause.message}`, { cause });
    throw cause;
  }
}

/** The job of an orphan that is ours now. Throws the refusal that this request was given before and still stands. */
async function takeOver(recalled: Recall, fingerprint: string, { door, now }: ChatParts): Promise<Job | undefined> {
  switch (recalled.kind) {
    case 'nothing': return undefined;
    case 'refusal': throw new RefusedBefore({ ...recalled.error, retryAfterMs: Math.max(1, recalled.until - now()) });
    case 'orphan': return reached(door.adopt(fingerprint));
    default: return recalled satisfies never;
  }
}

/** Redis is the only thing that a door's promise waits for. */
const reached = <T>(asked: Promise<T>): Promise<T> =>
  asked.catch((cause: unknown) => Promise.reject(new SluiceError('unavailable', 'the queue is not reachable', { cause })));

class RefusedBefore extends Error {
  readonly refusal: EndError;

  constructor(refusal: EndError) {
    super(refusal.message);
    this.refusal = refusal;
  }
}

function refuseUnderPressure({ door, stopping }: ChatParts): void {
  if (stopping()) throw new SluiceError('unavailable', 'this server is stopping', { retryAfterMs: 1_000 });
  const pressure = door.pressure();
  if (pressure.kind !== 'none') throw new SluiceError(pressure.kind, pressure.reason);
}

function openCall({ res, headers }: Visit, { job, warnings, processing }: Admission, parts: ChatParts): Call {
  const { door, log, calls, metrics, now } = parts;
  const common = { res, job, headers, warnings, now: performance.now() };
  const whole = job.stream ? undefined : new WholeAnswer({ ...common, processing });
  const streamed = whole ? undefined : new StreamedAnswer({ ...common, askPosition: () => {
    // A heartbeat is a courtesy: where the position cannot be had, none is told.
    door.position(job).then((position) => streamed?.told(position), () => streamed?.told(undefined));
  } });
  const answer = whole ?? streamed;
  if (!answer) throw new Error('a call is whole or streamed');
  metrics.callOpened();
  const onClosed = (call: Call, result: CallResult) => {
    calls.remove(call);
    measure({ job, res, result }, parts);
  };
  const call = new Call({ job, res, answer }, { door, log, now, onClosed });
  calls.add(call);
  return call;
}

async function submit(call: Call, body: Buffer, { door, log }: ChatParts): Promise<void> {
  try {
    await door.submit(call.job, body);
  } catch (error) {
    log.warn({ job: call.job.id, error }, 'a job could not be queued');
    door.abandon(call.job); // it may have been, and the answer was lost
    return call.fail(unavailable('the queue is not reachable'));
  }
  call.submitted(false);
}

function abandonAdopted(job: Job | undefined, { door }: ChatParts): void {
  if (job) door.abandon(job);
}

function measure({ job, res, result }: { job: Job; res: ServerResponse; result: CallResult }, { metrics, log }: ChatParts): void {
  metrics.callClosed();
  // Counted in the next turn, when the answer has its status.
  setImmediate(() => {
    metrics.requestAnswered({ endpoint: ENDPOINT, status: statusOf(res), code: result.code });
    if (result.queueMs !== null) metrics.callHeld(job.priority, result.queueMs / 1_000);
    log.debug({ job: job.id, resource: job.resource, priority: job.priority, code: result.code, queueMs: result.queueMs }, 'call answered');
  });
}

/** As it was sent; a client that left before it got one is counted as 499. */
const statusOf = (res: ServerResponse): number => (res.headersSent ? res.statusCode : 499);

function refuse(error: unknown, { res, id, headers }: { res: ServerResponse; id: string; headers: OutgoingHttpHeaders }, parts: ChatParts): void {
  const refusal = error instanceof RefusedBefore ? error.refusal : endErrorOf(error, parts.log, id);
  sendError(res, refusal, { requestId: id, headers });
  parts.metrics.requestAnswered({ endpoint: ENDPOINT, status: statusOf(res), code: refusal.code });
}
