/** What audit and callers are told of a job that ended without a permit. Pure. */
import { beforeFirstFrameOf, type End, type EndError, type FinalState, type Job, type JobRecord } from '@sluice/domain';

export interface Unsent {
  readonly state: Exclude<FinalState, 'completed'>;
  readonly error: EndError;
  /** Attempts made before. */
  readonly attempts: number;
  /** Epoch ms. */
  readonly at: number;
}

export const endOf = (job: Job, { state, error, attempts, at }: Unsent): End => ({
  state, last: beforeFirstFrameOf(job), attempts, usage: null, error, route: null, queueMs: Math.max(0, Math.round(at - job.createdAt)),
});

export function recordOf(job: Job, end: End, endedAt: number): JobRecord {
  const { workspace, environment, apiKey, tenant, resource, priority, endpoint, mode, stream, createdAt, bodyBytes, correlationId, tags, metadata } = job;
  return {
    v: 1, kind: 'job', job: job.id, workspace, environment, apiKey, tenant, resource, priority, endpoint, mode, stream,
    state: end.state, errorCode: end.error?.code ?? null, attempts: end.attempts,
    connection: null, provider: null, model: null,
    inputTokens: null, cachedInputTokens: null, outputTokens: null, reasoningTokens: null,
    createdAt, startedAt: null, endedAt, bodyBytes, correlationId, tags, metadata,
  };
}
