/** `/v1/jobs` and what lies under it, but for `POST /v1/jobs`: looking at jobs, their answers, and cancelling them. */
import type { Express, Request, Response } from 'express';
import { SluiceError } from '@sluice/domain';
import type { EndError } from '@sluice/domain';
import type { StoredJob } from '@sluice/store';
import type { KeyEntry } from '../admit/directory.ts';
import { answerHeaders, headerValue } from '../http/answer-headers.ts';
import { lastSeen } from '../call/event-id.ts';
import { sendError } from '../http/error-handler.ts';
import { explainJob } from './explain-job.ts';
import { framesOf } from './frames.ts';
import { jobObject } from './job-object.ts';
import { streamJob } from './job-stream.ts';
import { asked, storedJob, type KeptParts } from './kept-parts.ts';
import { leaveKept } from './leave-kept.ts';
import { listJobs } from './list-jobs.ts';

type Caller = (req: Request, res: Response) => KeyEntry;
type OneJob = Request<{ id: string }>;

const CANCELLED: EndError = { code: 'cancelled', message: 'The job was cancelled by its caller.', param: null, retryAfterMs: null, provider: null };

export function jobRoutes(app: Express, parts: KeptParts, caller: Caller): void {
  const stored = async (req: OneJob, res: Response): Promise<StoredJob> => {
    const { environment } = caller(req as Request, res).home;
    return storedJob(parts, { id: environment.id, retentionMs: environment.settings.retentionMs }, req.params.id);
  };
  app.get('/jobs', async (req, res) => {
    const { environment } = caller(req, res).home;
    res.json(await listJobs(req.query, environment, parts));
  });
  app.get('/jobs/:id', async (req: OneJob, res) => void res.json(await described(await stored(req, res), parts)));
  app.get('/jobs/:id/result', async (req: OneJob, res) => sendResult(res, await stored(req, res), parts));
  app.get('/jobs/:id/stream', async (req: OneJob, res) => sendStream(req, { res, found: await stored(req, res) }, parts));
  app.get('/jobs/:id/explain', async (req: OneJob, res) => {
    const { environment } = caller(req as Request, res).home;
    res.json(await explainJob({ id: environment.id, retentionMs: environment.settings.retentionMs }, req.params.id, parts));
  });
  app.post('/jobs/:id/cancel', async (req: OneJob, res) => {
    const found = await stored(req, res);
    if (!found.end) await asked(parts.door.endKept(found.job, 'client', CANCELLED));
    res.json(await described(await stored(req, res), parts));
  });
}

/** The job with everything that is known of it. Where Redis is away, what moves is not told. */
async function described(found: StoredJob, { jobs, door }: KeptParts) {
  const attempts = await asked(jobs.attempts(found.job.id));
  if (!found.end) {
    const status = await door.status(found.job.id).catch(() => undefined);
    const position = status?.state === 'queued' ? await door.position(found.job).catch(() => undefined) : undefined;
    return jobObject(found, { status, position, attempts });
  }
  const result = found.end.state === 'completed' && !found.job.stream ? parsed(await answerOf(found, jobs)) : null;
  return jobObject(found, { attempts, result });
}

async function answerOf({ job }: StoredJob, jobs: KeptParts['jobs']): Promise<Buffer> {
  const frames = await asked(jobs.frames(job.id, 0));
  return Buffer.concat(frames.filter(({ kind }) => kind === 'data').map(({ data }) => data));
}

function parsed(bytes: Buffer): unknown {
  const text = bytes.toString();
  try {
    return JSON.parse(text);
  } catch {
    return text; // what the provider said, whatever it was
  }
}

/** The answer as its endpoint would have given it: bytes, status and headers, or the error. While it is awaited, a 202 with the job. */
async function sendResult(res: Response, found: StoredJob, parts: KeptParts): Promise<void> {
  const { job, end, head } = found;
  if (!end) return void res.status(202).set('retry-after', '2').json(await described(found, parts));
  const route = head?.route ?? end.route;
  const told = answerHeaders(job, {
    route, attempts: end.attempts, queueMs: end.queueMs, upstreamRequestId: head?.upstreamRequestId ?? null, warnings: head?.warnings ?? [],
  });
  if (end.error || !head) {
    const error = end.error ?? { ...CANCELLED, message: `The job is ${end.state}.` };
    return sendError(res, error, { requestId: job.id, headers: told });
  }
  const body = await answerOf(found, parts.jobs);
  res.writeHead(head.status, { ...told, 'content-type': headerValue(head.contentType), 'content-length': body.length });
  res.end(body);
}

function sendStream(req: OneJob, { res, found }: { res: Response; found: StoredJob }, parts: KeptParts): void {
  const { job } = found;
  const given = req.query['starting_after'];
  if (Array.isArray(given)) throw new SluiceError('invalid_request', 'starting_after: expected one number', { param: 'starting_after' });
  const after = lastSeen(job.id, given, req.get('last-event-id'));
  if (res.closed) return;
  const counted = parts.door.readerCame(job.id);
  counted.catch(() => undefined); // only the grace after a going depends on it
  streamJob({
    res, job, after, framesAfter: framesOf(parts, job), headers: answerHeadersOf(found),
    onClosed: () => { if (!found.end) leaveKept(job, parts, true); },
  });
}

const answerHeadersOf = ({ job }: StoredJob) => ({ 'x-sluice-resource': headerValue(job.resource), 'x-sluice-priority': headerValue(job.priority) });
