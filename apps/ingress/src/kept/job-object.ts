/** The job as its callers see it. Pure. */
import type { Endpoint, EndError, JobStatus } from '@sluice/domain';
import type { Position } from '@sluice/queue';
import type { StoredAttempt, StoredJob } from '@sluice/store';
import { shownError } from '../http/error-handler.ts';
import { normalPath } from '../http/paths.ts';

export const ENDPOINT_PATHS: Readonly<Record<Endpoint, string>> = { chat: '/v1/chat/completions', embeddings: '/v1/embeddings' };

/** The endpoint that a path is of, however it is written; undefined: none that makes jobs. */
export const endpointAt = (path: string): Endpoint | undefined =>
  (Object.keys(ENDPOINT_PATHS) as Endpoint[]).find((endpoint) => normalPath(ENDPOINT_PATHS[endpoint]) === normalPath(path)); // its keys are endpoints

export interface JobDetails {
  readonly status?: JobStatus | undefined;
  readonly position?: Position | undefined;
  readonly attempts?: readonly StoredAttempt[];
  /** The answer, where it was not streamed. */
  readonly result?: unknown;
}

const seconds = (ms: number | null): number | null => (ms === null ? null : Math.floor(ms / 1_000));

/** Times in epoch seconds, durations in milliseconds. */
export function jobObject(stored: StoredJob, { status, position, attempts, result }: JobDetails = {}) {
  const { job, end, startedAt, endedAt } = stored;
  return {
    object: 'job', id: job.id,
    state: end?.state ?? (status?.state === 'running' ? 'running' : 'queued'),
    endpoint: ENDPOINT_PATHS[job.endpoint], mode: job.mode, stream: job.stream, resource: job.resource, priority: job.priority,
    created_at: seconds(job.createdAt), deadline: seconds(job.deadline), started_at: seconds(startedAt), ended_at: seconds(endedAt),
    position: position?.position ?? null, eta_ms: position?.etaMs ?? null,
    timings: { queue_ms: end?.queueMs ?? null, run_ms: startedAt !== null && endedAt !== null ? Math.max(0, endedAt - startedAt) : null },
    ...(attempts ? { attempts: attempts.map(attemptObject) } : {}),
    provider: stored.provider, model: stored.model, answer_id: stored.answerId,
    usage: end?.usage
      ? {
          input_tokens: end.usage.inputTokens, cached_input_tokens: end.usage.cachedInputTokens, output_tokens: end.usage.outputTokens,
          reasoning_tokens: end.usage.reasoningTokens, total_tokens: end.usage.inputTokens + end.usage.outputTokens,
        }
      : null,
    cost: stored.cost, error: end ? errorObject(end.error) : null,
    correlation_id: job.correlationId, tags: job.tags, metadata: job.metadata,
    ...(result === undefined ? {} : { result }),
  };
}

const errorObject = (error: EndError | null) => (error ? shownError(error) : null);

export const attemptObject = (attempt: StoredAttempt) => ({
  attempt: attempt.attempt, connection: attempt.connection, provider: attempt.provider, model: attempt.model, outcome: attempt.outcome,
  error_code: attempt.errorCode, http_status: attempt.httpStatus, upstream_request_id: attempt.upstreamRequestId,
  queue_ms: attempt.sentAt === null ? null : Math.max(0, attempt.sentAt - attempt.queuedAt),
  first_byte_ms: attempt.sentAt === null || attempt.firstByteAt === null ? null : Math.max(0, attempt.firstByteAt - attempt.sentAt),
  total_ms: Math.max(0, attempt.endedAt - attempt.queuedAt), input_tokens: attempt.inputTokens, output_tokens: attempt.outputTokens,
});
