/** `POST /v1/jobs`: `{endpoint, body, sluice?}`, the shape of a batch line. Always a 202 with the job, once its row is committed. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SluiceError } from '@sluice/domain';
import type { Endpoint } from '@sluice/domain';
import { isObject, JsonTextError, members, withoutSluice } from '@sluice/wire';
import type { JsonObject, Member } from '@sluice/wire';
import { admit } from '../admit/admit.ts';
import { refuseUncarried } from '../admit/carried.ts';
import { JOBS_PATH } from '../http/paths.ts';
import { readBody } from '../http/read-body.ts';
import { fingerprintOf, readRequest, receive, refuseUnderPressure, withinBudget } from '../visit.ts';
import type { EdgeParts, Visit } from '../visit.ts';
import { answerKept } from './answer-kept.ts';
import { endpointAt, ENDPOINT_PATHS } from './job-object.ts';

export const submitJob = (req: IncomingMessage, res: ServerResponse, parts: EdgeParts): Promise<void> =>
  receive({ req, res }, { endpoint: '/v1/jobs', answer }, parts);

async function answer(visit: Visit, parts: EdgeParts): Promise<void> {
  const { req, caller } = visit;
  const whole = await readBody(req, parts.budget);
  try {
    const { body, beside, endpoint } = readJob(whole);
    const { request, level } = readRequest(body, endpoint, 'body.');
    const admission = admit({
      id: visit.id, caller, headers: req.headers, remoteAddress: req.socket.remoteAddress, endpoint, request, isJob: true, beside, bodyBytes: body.length,
      fingerprint: fingerprintOf(caller, JOBS_PATH, whole), now: parts.now(), learned: (connection, model) => parts.door.learned(connection, model),
      isCircuitOpen: (connection, model) => parts.door.isCircuitOpen(connection, model),
    });
    const clean = withoutSluice(body, level);
    refuseUncarried(admission.job, clean, 'body.');
    await withinBudget(visit, admission.job, parts);
    refuseUnderPressure(parts);
    // The 202 is the whole answer here, whatever the caller prefers.
    const kept = { ...admission, keeping: { ...admission.keeping, respondWithinMs: null } };
    await answerKept(visit, { admission: kept, body: clean }, parts);
  } finally {
    parts.budget.give(whole.length);
  }
}

const KNOWN = new Set(['endpoint', 'body', 'sluice', 'custom_id', 'method', 'url']);

/** The inner body keeps its bytes. */
function readJob(whole: Buffer): { readonly body: Buffer; readonly beside: unknown; readonly endpoint: Endpoint } {
  const level = levelOf(whole);
  const given = JSON.parse(whole.toString()) as JsonObject; // an object: `members` has read it
  const unknown = Object.keys(given).find((key) => !KNOWN.has(key));
  if (unknown !== undefined) throw wrong(null, `a job is {endpoint, body, sluice}; there is no such field: ${unknown.slice(0, 64)}`);
  const path = given['endpoint'] ?? given['url'];
  const endpoint = typeof path === 'string' ? endpointAt(path) : undefined;
  if (!endpoint) throw wrong('endpoint', `endpoint: expected one of ${Object.values(ENDPOINT_PATHS).join(', ')}`);
  const body = level.findLast(({ key }) => key === 'body');
  if (!body || !isObject(given['body'])) throw wrong('body', 'body: expected the request as an object');
  return { body: whole.subarray(body.valueStart, body.valueEnd), beside: given['sluice'], endpoint };
}

function levelOf(whole: Buffer): readonly Member[] {
  try {
    return members(whole);
  } catch (cause) {
    if (cause instanceof JsonTextError) throw new SluiceError('invalid_request', `the body is not a JSON object: ${cause.message}`, { cause });
    throw cause;
  }
}

const wrong = (param: string | null, message: string): SluiceError => new SluiceError('invalid_request', message, { param });
