/** The admin API on Express: proof, permission, checks, the answer, and the one place where what goes wrong is told. */
import express from 'express';
import type { ErrorRequestHandler, Express, Request, RequestHandler, Response } from 'express';
import { newJobId, SluiceError } from '@sluice/domain';
import type { Part } from '@sluice/domain';
import { requestIds } from '../http/answer-headers.ts';
import { endErrorOf, sendError } from '../http/error-handler.ts';
import { allow } from './access.ts';
import { openLive } from './live.ts';
import { openapiOf } from './openapi.ts';
import type { AdminParts } from './parts.ts';
import { mustBeSameSite, prove, type Proven } from './proof.ts';
import type { AdminRoute, Answer } from './route.ts';
import { adminRoutes } from './routes/index.ts';
import { liveRoute } from './routes/queues.ts';

/** Of a body: a configuration file is the largest there is. */
const MOST_BYTES = 2_000_000;

export interface AdminApp extends Part {
  readonly app: Express;
}

export function openAdmin(parts: AdminParts): AdminApp {
  const live = openLive(parts);
  const routes = adminRoutes(liveRoute(live));
  const described = openapiOf(routes);
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.use(identify(parts));
  // What may be asked is no secret.
  app.get('/openapi.json', (_req, res) => void res.json(described));
  const body = express.json({ limit: MOST_BYTES });
  for (const each of routes) app[each.method](expressPath(each.path), begin(each, parts), body, answerWith(each, parts));
  app.use(() => { throw new SluiceError('unknown_url', 'there is nothing here; GET /admin/v1/openapi.json tells what is'); });
  app.use(errorHandler(parts));
  return { app, stop: () => live.stop() };
}

export const expressPath = (path: string): string => path.replace(/\{(\w+)\}/g, ':$1');

const identify = ({ metrics }: AdminParts): RequestHandler => (_req, res, next) => {
  res.set({ ...requestIds(newJobId(Date.now())), 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' });
  res.on('finish', () => metrics.requestAnswered({ endpoint: '/admin/v1', status: res.statusCode, code: String(res.getHeader('x-sluice-error') ?? 'ok') }));
  next();
};

/** Before the body is read: whoever may not has it thrown away. */
const begin = (route: AdminRoute, parts: AdminParts): RequestHandler => async (req, res, next) => {
  const proven = route.scope === 'public' ? NOBODY : await prove(req, parts);
  if (route.scope === 'public' && route.method !== 'get') mustBeSameSite(req.headers);
  const asked = req.query['environment'];
  const environment = route.scope === 'public'
    ? undefined
    : allow(proven.operator, { route, params: paramsOf(req), environment: typeof asked === 'string' && asked !== '' ? asked : null }, parts.snapshot());
  res.locals['entered'] = { proven, environment };
  next();
};

const NOBODY: Proven = { operator: { id: '', name: '', assignments: [] }, session: null };

const answerWith = (route: AdminRoute, parts: AdminParts): RequestHandler => async (req, res) => {
  const { proven, environment } = res.locals['entered'] as { proven: Proven; environment: ReturnType<typeof allow> }; // set by `begin`, before this
  if (route.body && req.body === undefined && route.method !== 'delete') requireJson(req);
  const { environment: _environment, dry_run: dryRun, ...query } = req.query;
  if (dryRun !== undefined && dryRun !== 'true' && dryRun !== 'false') throw new SluiceError('invalid_request', 'dry_run: expected true or false', { param: 'dry_run' });
  const answer = await route.handle({
    ...proven, environment, params: paramsOf(req), ifMatch: req.get('if-match') ?? null, dryRun: dryRun === 'true', address: req.socket.remoteAddress ?? '',
    secure: 'encrypted' in req.socket || req.get('x-forwarded-proto') === 'https', now: parts.now(),
  }, { query, body: req.body as unknown }, parts);
  send(res, answer);
};

/** A form that another site's page sends says otherwise: what has no type, or another, is not read. */
function requireJson(req: Request): void {
  const has = Number(req.get('content-length') ?? 0) > 0 || req.get('transfer-encoding') !== undefined;
  if (has) throw new SluiceError('invalid_request', 'content-type: application/json is needed', { param: 'content-type' });
}

const paramsOf = (req: Request): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(req.params).map(([name, value]) => [name, String(value)]));

function send(res: Response, answer: Answer): void {
  switch (answer.kind) {
    case 'json': {
      res.status(answer.status).set(answer.headers ?? {});
      if (answer.status === 204) return void res.end();
      return void res.json(answer.body);
    }
    case 'text': return void res.type(answer.type).send(answer.body);
    case 'stream': return answer.begin(res);
    default: return answer satisfies never;
  }
}

const errorHandler = ({ log }: AdminParts): ErrorRequestHandler => (error: unknown, _req, res, _next) => {
  const requestId = String(res.getHeader('x-request-id'));
  sendError(res, endErrorOf(knownError(error), log, requestId), { requestId, headers: res.getHeaders() });
};

/** What Express and its body parser refuse, in our words. Without the text: it may hold a secret. */
function knownError(error: unknown): unknown {
  if (error instanceof URIError) return new SluiceError('invalid_request', 'the URL is not properly encoded');
  const type = error instanceof Error && 'type' in error ? String(error.type) : '';
  if (type === 'entity.too.large') return new SluiceError('request_too_large', `the body is larger than ${MOST_BYTES / 1_000_000} MB`);
  if (type === 'encoding.unsupported') return new SluiceError('unsupported_encoding', 'content-encoding: gzip, deflate and br are understood');
  return type === '' ? error : new SluiceError('invalid_request', 'the body is not JSON');
}
