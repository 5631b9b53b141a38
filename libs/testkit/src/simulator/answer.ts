/** The answer of a call that was understood: after its latency, in the shape that the faults which met it give it. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { deliver, type Delivery, type DeliveryEnd, type Piece } from './deliver.ts';
import type { Chosen, Ending, ProviderFault } from './faults/choose.ts';
import type { SaidUsage } from './faults/rule.ts';
import type { ScriptRunner } from './faults/runner.ts';
import type { Address, Given, Prepared, WireFormat } from './formats/format.ts';
import type { Enforcer, Ticket } from './limits/enforcer.ts';
import type { Failure, Manner, Said } from './manners/manner.ts';
import type { CallOutcome, CallRecord } from './oracle/call.ts';
import type { Recorder } from './oracle/recorder.ts';
import { timingOf, type Settings } from './options.ts';
import { randomId } from './random.ts';

export interface CallPorts {
  readonly settings: Settings;
  readonly now: () => number;
  readonly enforcer: Enforcer;
  readonly recorder: Recorder;
  readonly script: ScriptRunner;
  readonly happen: (fault: ProviderFault) => void;
  /** The prompts that a caller has sent before. */
  readonly promptCache: (key: string) => Given['cached'];
}

/** A request whose body has arrived. */
export interface Request {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly body: Buffer;
  readonly arrivedAt: number;
  readonly query: URLSearchParams;
  readonly manner: Manner;
}

/** A request that wants an answer of a model. */
export interface CallRequest extends Request {
  readonly format: WireFormat;
  readonly address: Address;
}

/** A call that was understood. */
export interface Call {
  readonly request: CallRequest;
  readonly prepared: Prepared;
  readonly key: string;
  readonly chosen: Chosen;
  readonly record: CallRecord;
}

/** A call that limits let in. */
export interface Admitted extends Call {
  readonly ticket: Ticket;
}

export function answerAfterLatency(call: Admitted, ports: CallPorts): void {
  const { chosen, prepared, request } = call;
  const timing = timingOf(prepared.model, ports.settings);
  const producing = prepared.stream ? 0 : timing.tokenMs * prepared.outputTokens;
  const delayMs = (chosen.latencyMs ?? timing.latencyMs) + chosen.firstByteDelayMs + producing;
  const timer = delayMs > 0 ? setTimeout(() => answer(call, ports, timing.chunkEveryMs), delayMs) : undefined;
  request.res.on('close', () => {
    clearTimeout(timer);
    end(call, ports);
  });
  if (timer === undefined) answer(call, ports, timing.chunkEveryMs);
}

function answer(call: Admitted, ports: CallPorts, everyMs: number): void {
  const { ending } = call.chosen;
  const pieces = (): readonly Piece[] => piecesOf(call);
  const whole: DeliveryEnd = { kind: 'whole' };
  switch (ending?.kind) {
    case undefined: return send(call, ports, { pieces: pieces(), everyMs, end: whole });
    case 'cut':
    case 'stall': return send(call, ports, { pieces: pieces(), everyMs, end: { kind: ending.kind, atByte: ending.atByte } });
    case 'malformed_json': return send(call, ports, { pieces: malformed(pieces()), everyMs, end: whole });
    case 'error_in_stream': return send(call, ports, { pieces: withError(call, ending), everyMs, end: whole });
    case 'status': return sayFault(call, ports, { status: ending.status, body: ending.body, headers: ending.headers ?? {} });
    case 'error_with_200': return sayFault(call, ports, { status: 200, body: ending.body, headers: {} });
    case 'hang_before_body': return sayHeadersOnly(call, ports);
    case 'reset': return reset(call);
    // Never answered; a throttled call never comes here.
    case 'hang':
    case 'throttle': return;
    default: return ending satisfies never;
  }
}

function piecesOf({ prepared, chosen }: Admitted): readonly Piece[] {
  const { inputTokens, outputTokens } = prepared;
  const usage: SaidUsage | null = chosen.usage ? chosen.usage.usage : { inputTokens, outputTokens };
  return prepared.stream
    ? prepared.events(usage)
    : [{ data: prepared.body(usage), tokens: prepared.outputTokens }];
}

/** The body, or the middle event of a stream, loses its second half. */
function malformed(pieces: readonly Piece[]): Piece[] {
  const broken = Math.floor(pieces.length / 2);
  return pieces.map((piece, i) => {
    if (i !== broken) return piece;
    const half = piece.data.slice(0, Math.floor(piece.data.length / 2));
    return { ...piece, data: pieces.length > 1 && typeof half === 'string' ? `${half}\n\n` : half };
  });
}

/** A body that is not streamed has no middle: it stays whole. */
function withError(call: Admitted, ending: Extract<Ending, { kind: 'error_in_stream' }>): readonly Piece[] {
  if (!call.prepared.stream) return piecesOf(call);
  const begun = piecesOf(call).slice(0, ending.afterEvents ?? 2);
  return [...begun, { data: call.request.format.errorEvent(ending.body, begun.length), tokens: 0 }];
}

function send(call: Admitted, ports: CallPorts, how: Pick<Delivery, 'pieces' | 'everyMs' | 'end'>): void {
  const { prepared, record, request } = call;
  const [only] = how.pieces;
  const length = prepared.stream || !only ? {} : { 'content-length': String(Buffer.byteLength(only.data)) };
  record.status = 200;
  record.firstByteAt = ports.now();
  const delivery: Delivery = {
    ...how,
    status: 200,
    headers: { ...answerHeaders(call, ports), ...length },
    stamp: prepared.stream && ports.settings.stampEvents,
  };
  deliver(request.res, delivery, {
    sent(bytes, tokens) {
      record.bytesSent += bytes;
      record.outputTokens += tokens;
    },
    complete() {
      record.outcome = call.chosen.ending === null ? 'answered' : 'faulted';
      end(call, ports);
    },
  });
}

function sayHeadersOnly(call: Admitted, ports: CallPorts): void {
  call.record.status = 200;
  call.record.firstByteAt = ports.now();
  call.request.res.writeHead(200, answerHeaders(call, ports));
  call.request.res.flushHeaders();
}

interface FaultSaid {
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;
}

function sayFault(call: Admitted, ports: CallPorts, { status, body, headers }: FaultSaid): void {
  const { manner } = call.request;
  const own = manner.failure(failureOf(status, call.prepared.model), requestIdOf(call, ports));
  const text = body === undefined ? own.body : typeof body === 'string' ? body : JSON.stringify(body);
  end(call, ports);
  const said = { status, headers: { ...limitHeaders(call, ports), ...own.headers, ...headers }, body: text };
  sayWhole(call, ports, { said, outcome: 'faulted' });
}

/** What a provider says by itself under a status. */
function failureOf(status: number, model: string): Failure {
  switch (status) {
    case 200: return { kind: 'server', status: 500 };
    case 400: return { kind: 'invalid', message: 'The request cannot be served as it is.', param: null, code: null };
    case 401: return { kind: 'bad_key', key: '' };
    case 404: return { kind: 'no_model', model };
    default: return { kind: 'server', status };
  }
}

export interface ToSay {
  readonly said: Said;
  readonly outcome: CallOutcome;
}

/** Says something short at once, to any request that has a record. */
export function sayWhole(call: Pick<Call, 'record'> & { readonly request: Request }, ports: CallPorts, what: ToSay): void {
  const { request, record } = call;
  const { status, headers, body } = what.said;
  record.status = status;
  record.outcome = what.outcome;
  const all = { ...commonHeaders(request, ports, record), ...headers, 'content-length': String(Buffer.byteLength(body)) };
  const pieces = [{ data: body, tokens: 0 }];
  deliver(request.res, { status, headers: all, pieces, everyMs: 0, stamp: false, end: { kind: 'whole' } }, {
    sent: (bytes) => { record.bytesSent += bytes; },
    complete: () => { record.firstByteAt = record.endedAt = ports.now(); },
  });
}

/** The provider's side of the call is over: what it produced is charged, and its place is free. Again: changes nothing. */
function end({ ticket, record }: Admitted, { now }: CallPorts): void {
  record.endedAt ??= now();
  ticket.end(record.outputTokens, record.endedAt);
}

export function reset({ request, record }: Pick<Call, 'request' | 'record'>): void {
  record.outcome = 'faulted';
  request.req.socket.resetAndDestroy();
}

const answerHeaders = (call: Call, ports: CallPorts): Record<string, string> => ({
  'content-type': call.prepared.contentType,
  ...commonHeaders(call.request, ports, call.record),
  ...limitHeaders(call, ports),
  ...(call.prepared.stream ? {} : call.prepared.headers),
});

const commonHeaders = (request: Request, ports: CallPorts, record: CallRecord): Record<string, string> =>
  request.manner.headers({ requestId: requestIdOf({ request, record }, ports), tookMs: ports.now() - request.arrivedAt });

export const requestIdOf = ({ request, record }: Pick<Call, 'record'> & { readonly request: Request }, { settings }: CallPorts): string =>
  request.manner.requestId((length) => randomId(length, 'request', settings.seed, record.n));

export function limitHeaders({ key, prepared, request }: Call, { enforcer, now }: CallPorts): Record<string, string> {
  const at = now();
  return request.manner.limitHeaders(enforcer.states(key, prepared.model, at), at);
}
