/** One call from its last request byte on: understood, met by the script, admitted or refused, and then answered. */
import {
  answerAfterLatency, limitHeaders, requestIdOf, reset, sayWhole, type Call, type CallPorts, type CallRequest, type Request,
} from './answer.ts';
import { isFailure, type Prepared } from './formats/format.ts';
import { isSigned } from './manners/aws-signature.ts';
import { aws } from './manners/aws.ts';
import type { Failure } from './manners/manner.ts';
import type { CallOutcome, CallRecord } from './oracle/call.ts';

const INVALID_KEY = 'sk-invalid';
export const MISSING_MODEL = 'no-such-model';
const DEFAULT_RETRY_MS = 1_000;

export function answerCall(request: CallRequest, ports: CallPorts): void {
  const { arrivedAt } = request;
  const failure = keyFailure(request, ports);
  if (failure) return reject(request, ports, failure);
  const key = keyOf(request);
  const prepared = prepare(request, ports);
  if (isFailure(prepared)) return reject(request, ports, prepared);
  if (prepared.model === MISSING_MODEL) return reject(request, ports, { kind: 'no_model', model: prepared.model });

  if (prepared.free) return sayFree(request, ports, prepared);

  const { model, stream, inputTokens, maxOutputTokens } = prepared;
  const chosen = ports.script.next({ model, key });
  const record = ports.recorder.arrived({ arrivedAt, key, model, stream, inputTokens, maxOutputTokens });
  record.fault = chosen.ending?.kind ?? chosen.usage?.kind ?? chosen.provider[0]?.kind ?? null;
  watchClient(request, record, ports);
  const call: Call = { request, prepared, key, chosen, record };
  chosen.provider.forEach(ports.happen);
  if (chosen.provider.some((fault) => fault.kind === 'refuse_connections')) return reset(call);
  if (chosen.ending?.kind === 'throttle') {
    const retryAfterMs = chosen.ending.retryAfterMs ?? DEFAULT_RETRY_MS;
    return refuse(call, ports, { failure: { kind: 'throttled', retryAfterMs }, outcome: 'faulted' });
  }
  const admission = ports.enforcer.admit({ key, model, now: arrivedAt, inputTokens, maxOutputTokens });
  if ('refusal' in admission) {
    record.refusedBy = admission.refusal.limit;
    return refuse(call, ports, { failure: { kind: 'over_limit', refusal: admission.refusal, model }, outcome: 'refused' });
  }
  record.charged = true;
  answerAfterLatency({ ...call, ticket: admission.ticket }, ports);
}

export const keyOf = ({ manner, req, query }: Request): string => manner.keyOf(req.headers, query) ?? '';

/** Any key is good but one, so that a test has a wrong one; unless the simulator was told which are, and with what AWS' sign. */
export function keyFailure(request: Request, { settings, now }: CallPorts): Failure | undefined {
  const { manner, req, query, body } = request;
  const key = manner.keyOf(req.headers, query);
  if (key === null) return { kind: 'no_key' };
  if (manner === aws && settings.awsKeys && !req.headers.authorization?.startsWith('Bearer ')) {
    const known = Object.hasOwn(settings.awsKeys, key) ? settings.awsKeys[key] : undefined;
    const signed = { method: req.method ?? '', target: req.url ?? '', headers: req.headers, body };
    return known && isSigned(signed, known, now()) ? undefined : { kind: 'bad_key', key };
  }
  const isGood = settings.keys.length === 0 ? key !== INVALID_KEY : settings.keys.includes(key);
  return isGood ? undefined : { kind: 'bad_key', key };
}

function prepare(request: CallRequest, { settings, recorder, promptCache }: CallPorts): Prepared | Failure {
  const { req, body, format, arrivedAt, address } = request;
  const wanted = Number(req.headers['x-simulate-output-tokens'] ?? NaN);
  const wantedOutputTokens = Number.isInteger(wanted) && wanted >= 0 ? wanted : null;
  let json: unknown;
  try {
    json = JSON.parse(body.toString());
  } catch {
    return { kind: 'not_json' };
  }
  return format.prepare(json, {
    seed: settings.seed, call: recorder.count() + 1, now: arrivedAt, wantedOutputTokens, address,
    cached: promptCache(keyOf(request)),
  });
}

/** A client that goes away before the end is seen by its connection closing before the answer was written. */
function watchClient({ res }: Request, record: CallRecord, { now }: CallPorts): void {
  res.on('close', () => {
    if (res.writableFinished) return;
    record.endedAt ??= now();
    if (record.outcome === 'faulted') return;
    record.clientGoneAt = now();
    record.outcome = record.fault === null ? 'client_gone' : 'faulted';
  });
}

/** What only counts or lists: charged to nothing. */
function sayFree(request: Request, ports: CallPorts, prepared: Prepared): void {
  const { model, inputTokens, maxOutputTokens } = prepared;
  const record = ports.recorder.arrived({
    arrivedAt: request.arrivedAt, key: keyOf(request), model, stream: false, inputTokens, maxOutputTokens,
  });
  const said = { status: 200, headers: { 'content-type': prepared.contentType }, body: prepared.body(null) };
  sayWhole({ request, record }, ports, { said, outcome: 'answered' });
}

/** The caller's fault: nothing is charged, and no fault of the script meets it. */
export function reject(request: Request, ports: CallPorts, failure: Failure): void {
  const record = ports.recorder.arrived({
    arrivedAt: request.arrivedAt, key: keyOf(request), model: '', stream: false, inputTokens: 0, maxOutputTokens: 0,
  });
  const said = request.manner.failure(failure, requestIdOf({ request, record }, ports));
  sayWhole({ request, record }, ports, { said, outcome: 'rejected' });
}

function refuse(call: Call, ports: CallPorts, why: { readonly failure: Failure; readonly outcome: CallOutcome }): void {
  const said = call.request.manner.failure(why.failure, requestIdOf(call, ports));
  sayWhole(call, ports, { said: { ...said, headers: { ...limitHeaders(call, ports), ...said.headers } }, outcome: why.outcome });
}
