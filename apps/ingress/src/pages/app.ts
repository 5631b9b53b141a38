/**
 * Everything but completions, on Express: what is asked for rarely and wants comfort. Completions are answered before it,
 * because it would cost each of them more than all of our own work.
 */
import express from 'express';
import type { ErrorRequestHandler, Express, Request, RequestHandler } from 'express';
import { newJobId, SluiceError } from '@sluice/domain';
import type { Logger } from '@sluice/domain';
import type { Discovered } from '@sluice/queue';
import type { Exposition, IngressMetrics } from '@sluice/telemetry';
import type { Directory } from '../admit/directory.ts';
import { batchRoutes, type BatchRoutes } from '../batches/routes.ts';
import { fileRoutes } from '../files/routes.ts';
import type { UploadParts } from '../files/upload.ts';
import { requestIds } from '../http/answer-headers.ts';
import { corsHeaders } from '../http/cors.ts';
import { endErrorOf, sendError } from '../http/error-handler.ts';
import { describedPath, SERVED, SERVED_PATHS } from '../http/paths.ts';
import { jobRoutes } from '../kept/job-routes.ts';
import type { KeptParts } from '../kept/kept-parts.ts';
import { callerOf } from './caller.ts';
import { dashboard } from './dashboard.ts';
import { DOCS_PAGE } from './docs-page.ts';
import type { Health } from './health.ts';
import { listModels, oneModel } from './models.ts';
import { OPENAPI } from './openapi.ts';

export interface AppParts extends UploadParts, Omit<BatchRoutes, 'caller'> {
  readonly directory: () => Directory;
  /** The admin API: its own proof of who asks, and no other origin is let in. */
  readonly admin: RequestHandler;
  readonly health: Health;
  readonly kept: KeptParts;
  readonly discovered: Discovered;
  readonly metrics: IngressMetrics & Exposition;
  readonly log: Logger;
  readonly now: () => number;
}

export function pages(parts: AppParts): Express {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.use('/admin/v1', (req, res, next) => parts.admin(req, res, next));
  app.use('/dashboard', dashboard());
  app.use(identify(parts));
  const caller = callerOf(parts.directory, parts.now);
  app.get('/models', async (req, res) => {
    const { key, home } = caller(req, res);
    const found = await parts.discovered.modelsOf(home.environment.connections.map(({ id }) => id)).catch(unreachable);
    res.json(listModels(key, home, found));
  });
  app.get('/models/*id', (req: Request<{ id: string[] }>, res) => {
    const { key, home } = caller(req, res);
    res.json(oneModel(req.params.id.join('/'), key, home));
  });
  jobRoutes(app, parts.kept, caller);
  app.get('/healthz', (_req, res) => void res.json({ status: 'ok' }));
  app.get('/readyz', async (_req, res) => {
    const report = await parts.health.ready();
    res.status(report.ready ? 200 : 503).json(report);
  });
  app.get('/metrics', async (_req, res) => void res.type(parts.metrics.contentType).send(await parts.metrics.text()));
  app.get('/openapi.json', (_req, res) => void res.json(OPENAPI));
  app.get('/docs', (_req, res) => void res.type('html').setHeader('content-security-policy', "default-src 'none'; style-src 'unsafe-inline'").send(DOCS_PAGE));
  fileRoutes(app, { ...parts, caller });
  batchRoutes(app, { ...parts, caller });
  for (const { pattern, methods } of SERVED_PATHS) app.all(pattern, allowOnly(methods));
  app.use(() => {
    throw new SluiceError('unknown_url', `there is nothing here; served are ${SERVED.join(', ')}`);
  });
  app.use(errorHandler(parts));
  return app;
}

const unreachable = (cause: unknown): never => {
  throw new SluiceError('unavailable', 'the queue is not reachable', { cause });
};

const identify = ({ directory, metrics }: AppParts): RequestHandler => (req, res, next) => {
  res.set({ ...requestIds(newJobId(Date.now())), ...corsHeaders(req.headers.origin, directory().origins) });
  res.on('finish', () => metrics.requestAnswered({ endpoint: describedPath(req.path), status: res.statusCode, code: String(res.getHeader('x-sluice-error') ?? 'ok') }));
  next();
};

const allowOnly = (methods: string): RequestHandler => (req, res) => {
  res.set('allow', methods);
  throw new SluiceError('method_not_allowed', `${req.method.slice(0, 20)} is not served here, ${methods} are`);
};

const errorHandler = ({ log }: AppParts): ErrorRequestHandler => (error: unknown, _req, res, _next) => {
  const requestId = String(res.getHeader('x-request-id'));
  // Express refuses a URL that does not decode with an error of its own.
  const known = error instanceof URIError ? new SluiceError('invalid_request', 'the URL is not properly encoded') : error;
  sendError(res, endErrorOf(known, log, requestId), { requestId });
};
