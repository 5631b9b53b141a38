/**
 * `POST /v1/chat/completions`, `POST /v1/embeddings`: from a request to a call that waits for its job.
 *
 * What is known of a byte-identical request is asked for as soon as the body is whole, and overlaps with checking it.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SluiceError } from '@sluice/domain';
import type { Endpoint, Job } from '@sluice/domain';
import type { Recall } from '@sluice/queue';
import { withoutSluice } from '@sluice/wire';
import { admit } from './admit/admit.ts';
import { PROVIDER_KEY } from './admit/asked.ts';
import { refuseUncarried } from './admit/carried.ts';
import { unavailable } from './call/call.ts';
import type { Call } from './call/call.ts';
import { openCall } from './call/open-call.ts';
import { normalPath } from './http/paths.ts';
import { readBody } from './http/read-body.ts';
import { answerKept } from './kept/answer-kept.ts';
import { ENDPOINT_PATHS } from './kept/job-object.ts';
import { fingerprintOf, readRequest, receive, refuseUnderPressure, RefusedBefore, withinBudget } from './visit.ts';
import type { EdgeParts, Reception } from './visit.ts';

type Handler = (req: IncomingMessage, res: ServerResponse) => Promise<void>;

/** By path, one for each endpoint. Each answers every request, with an error where it must, and never rejects. */
export const completionsBy = (parts: EdgeParts): ReadonlyMap<string, Handler> =>
  new Map(Object.entries(ENDPOINT_PATHS).map(([endpoint, path]): [string, Handler] => {
    const answer = answerAt(endpoint as Endpoint); // its keys are endpoints
    return [normalPath(path), (req, res) => receive({ req, res }, { endpoint: path, answer }, parts)];
  }));

const answerAt = (endpoint: Endpoint): Reception['answer'] => async (visit, parts) => {
  const { req, res, caller } = visit;
  const { budget, door } = parts;
  const body = await readBody(req, budget);
  try {
    const fingerprint = fingerprintOf(caller, whereTo(normalPath(ENDPOINT_PATHS[endpoint]), req), body);
    const recalled = reached(door.recall(fingerprint));
    recalled.catch(() => undefined); // awaited below, unless checking the request throws first
    const { request, level } = readRequest(body, endpoint);
    const admission = admit({
      id: visit.id, caller, headers: req.headers, remoteAddress: req.socket.remoteAddress, endpoint, request, bodyBytes: body.length, fingerprint, now: parts.now(),
      learned: (connection, model) => door.learned(connection, model), isCircuitOpen: (connection, model) => door.isCircuitOpen(connection, model), sealKey: parts.sealKey,
    });
    const clean = withoutSluice(body, level);
    refuseUncarried(admission.job, clean);
    await withinBudget(visit, admission.job, parts);
    if (admission.job.kept) {
      refuseUnderPressure(parts);
      return await answerKept(visit, { admission, body: clean }, parts);
    }
    const adopted = await takeOver(await recalled, fingerprint, parts);
    if (res.closed) return abandonAdopted(adopted, parts);
    if (adopted) return openCall(visit, { ...admission, job: adopted }, parts).submitted(true);
    refuseUnderPressure(parts);
    await submit(openCall(visit, admission, parts), clean, parts);
  } finally {
    budget.give(body.length);
  }
};

/** With a provider key of the caller's own it is another request: nobody's retry takes over a call on another account. */
function whereTo(path: string, { headers }: IncomingMessage): string {
  const { [PROVIDER_KEY]: own } = headers;
  return own === undefined ? path : `${path} ${String(own)}`;
}

/** The job of an orphan that is ours now. Throws the refusal that this request was given before and still stands. */
async function takeOver(recalled: Recall, fingerprint: string, { door, now }: EdgeParts): Promise<Job | undefined> {
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

async function submit(call: Call, body: Buffer, { door, log }: EdgeParts): Promise<void> {
  try {
    await door.submit(call.job, body);
  } catch (error) {
    log.warn({ job: call.job.id, error }, 'a job could not be queued');
    door.abandon(call.job); // it may have been, and the answer was lost
    return call.fail(unavailable('the queue is not reachable'));
  }
  call.submitted(false);
}

function abandonAdopted(job: Job | undefined, { door }: EdgeParts): void {
  if (job) door.abandon(job);
}
