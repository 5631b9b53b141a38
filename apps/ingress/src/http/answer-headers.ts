/** The headers that tell a client about its call. Values are made of names and of what providers say, so each is made
 *  fit for a header first: nothing that comes from outside can begin a new one. */
import type { OutgoingHttpHeaders } from 'node:http';
import type { Job } from '@sluice/domain';

/** What is known of the attempt that answered, or of the last one. */
export interface AnsweredBy {
  /** Index into the job's routes; null when no attempt was made. */
  readonly route: number | null;
  readonly attempts: number;
  readonly queueMs: number | null;
  readonly upstreamRequestId: string | null;
  readonly warnings: readonly string[];
}

const MOST_CHARACTERS = 1_000;

export const headerValue = (text: string): string => text.replace(/[^\x20-\x7e]+/g, '?').slice(0, MOST_CHARACTERS).trim();

export function answerHeaders(job: Job, by: AnsweredBy): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = { ...requestIds(job.id), 'x-sluice-resource': headerValue(job.resource), 'x-sluice-priority': headerValue(job.priority) };
  const route = by.route === null ? undefined : job.routes[by.route];
  if (route) {
    headers['x-sluice-route'] = headerValue(`${route.name}/${route.model}`);
    headers['x-sluice-provider'] = headerValue(route.provider);
    headers['x-sluice-model'] = headerValue(route.model);
    headers['x-sluice-connection'] = headerValue(route.name);
  }
  headers['x-sluice-attempts'] = by.attempts;
  if (by.queueMs !== null) headers['x-sluice-queue-ms'] = Math.max(0, Math.round(by.queueMs));
  if (by.upstreamRequestId !== null) headers['x-sluice-upstream-request-id'] = headerValue(by.upstreamRequestId);
  if (by.warnings.length > 0) headers['x-sluice-warnings'] = headerValue(by.warnings.join('; '));
  return headers;
}

export const requestIds = (id: string): OutgoingHttpHeaders => ({ 'x-request-id': id, 'request-id': id });
