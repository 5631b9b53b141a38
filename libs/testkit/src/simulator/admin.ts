/** What a test in another process may ask: `/oracle`, `/oracle/reset`, `/calls`, `/script`, `/limits`. No key is asked for. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { SluiceError, type Limit } from '@sluice/domain';
import { parseScript } from './faults/parse.ts';
import type { Rule } from './faults/rule.ts';
import { parseLimit } from './limits/parse.ts';
import type { CallRecord } from './oracle/call.ts';
import { limitName } from './oracle/limit-name.ts';
import { shortKey, type OracleReport, type Span } from './oracle/oracle.ts';
import { bad } from './read-json.ts';

export interface Control {
  oracle(span?: Span): OracleReport;
  resetOracle(): void;
  calls(): readonly CallRecord[];
  script(rules: readonly Rule[]): void;
  setLimits(limits: readonly Limit[]): void;
}

export interface AdminRequest {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly path: string;
  readonly body: Buffer;
}

const PATHS = ['/oracle', '/oracle/reset', '/calls', '/script', '/limits'];
const DEFAULT_CALLS = 1_000;

export const isAdmin = (path: string): boolean => PATHS.includes(path);

export function serveAdmin(request: AdminRequest, control: Control): void {
  try {
    say(request.res, 200, run(request, control));
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    say(request.res, 400, { error: { message: error.message, type: 'invalid_request_error', param: error.param, code: null } });
  }
}

function run({ req, path, body }: AdminRequest, control: Control): unknown {
  const query = new URL(req.url ?? '/', 'http://simulator').searchParams;
  switch (`${req.method ?? 'GET'} ${path}`) {
    case 'GET /oracle': return control.oracle(spanOf(query));
    case 'POST /oracle/reset': return done(() => control.resetOracle());
    case 'GET /calls': return control.calls().slice(-(Number(query.get('last')) || DEFAULT_CALLS)).map(shown);
    case 'POST /script': return done(() => control.script(parseScript(json(body))));
    case 'POST /limits': return done(() => control.setLimits(limitsOf(json(body))));
    default: throw bad(path, path === '/oracle' || path === '/calls' ? 'GET' : 'POST');
  }
}

/** `?from=…&to=…`, epoch ms. */
function spanOf(query: URLSearchParams): Span | undefined {
  if (!query.has('from') && !query.has('to')) return undefined;
  const span = { fromMs: Number(query.get('from') ?? NaN), toMs: Number(query.get('to') ?? NaN) };
  if (!(span.toMs > span.fromMs)) throw bad('from, to', 'both in epoch ms, from before to');
  return span;
}

function done(act: () => void): { done: true } {
  act();
  return { done: true };
}

function json(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (error) {
    throw new SluiceError('invalid_request', 'the body is not JSON', { cause: error });
  }
}

function limitsOf(value: unknown): Limit[] {
  if (!Array.isArray(value)) throw bad('limits', 'a list of limits');
  return value.map((limit: unknown, index) => parseLimit(limit, `limits[${index}]`));
}

const shown = (call: CallRecord): object =>
  ({ ...call, key: shortKey(call.key), refusedBy: call.refusedBy === null ? null : limitName(call.refusedBy) });

function say(res: ServerResponse, status: number, body: unknown): void {
  res.writeHead(status, { 'content-type': 'application/json' });
  res.end(`${JSON.stringify(body, null, 2)}\n`);
}
