/** The 202: the job is kept, and its caller may go. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import type { Job } from '@sluice/domain';
import type { StoredJob } from '@sluice/store';
import { headerValue, requestIds } from '../http/answer-headers.ts';
import type { Keeping } from '../admit/keeping.ts';
import { jobObject } from './job-object.ts';

/** When to look for the first time; asking again costs little. */
const LOOK_AGAIN_SECONDS = 2;

export interface HandOver {
  readonly res: ServerResponse;
  readonly stored: StoredJob;
  readonly keeping: Keeping;
  readonly headers: OutgoingHttpHeaders;
  readonly warnings: readonly string[];
}

export function handOver({ res, stored, keeping, headers, warnings }: HandOver): void {
  if (res.headersSent || res.closed) return;
  const body = JSON.stringify(jobObject(stored));
  res.writeHead(202, {
    ...headers, ...requestIds(stored.job.id), location: `/v1/jobs/${stored.job.id}`,
    vary: headers['vary'] === undefined ? 'Prefer' : `${String(headers['vary'])}, Prefer`,
    ...(keeping.applied === null ? {} : { 'preference-applied': keeping.applied }),
    ...(warnings.length > 0 ? { 'x-sluice-warnings': headerValue(warnings.join('; ')) } : {}),
    'retry-after': String(LOOK_AGAIN_SECONDS), 'content-type': 'application/json; charset=utf-8', 'content-length': Buffer.byteLength(body),
  });
  res.end(body);
}

/** A job that was accepted a moment ago, as its row would tell of it. */
export const justAccepted = (job: Job, { webhook }: Keeping): StoredJob => ({
  job, state: 'queued', webhook, head: null, end: null, answerId: null, provider: null, model: null, cost: null, startedAt: null, endedAt: null,
});
