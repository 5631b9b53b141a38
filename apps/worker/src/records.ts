/** An ended attempt and a final job as the journal keeps them. */
import { firstAttemptOf } from '@sluice/domain';
import type { AttemptRecord, EndError, FinalState, Job, JobRecord, Outcome, ProviderError, Usage } from '@sluice/domain';
import type { Granted } from '@sluice/queue';
import type { Ending } from './ending.ts';

/** Long enough to tell what was wrong; audit is not where answers are kept. */
const LONGEST_MESSAGE = 500;
const PLAIN_CODE = /^[a-z][a-z0-9_.-]{0,63}$/i;

export function attemptRecord(job: Job, granted: Granted, { outcome, call, note }: Ending): AttemptRecord {
  const route = job.routes[granted.r];
  const error = errorOf(outcome);
  return {
    v: 1, kind: 'attempt', job: job.id, attempt: granted.a,
    workspace: job.workspace, environment: job.environment, connection: granted.c, resource: job.resource,
    provider: route?.provider ?? '', model: granted.m, priority: job.priority, tenant: job.tenant, mode: job.mode,
    outcome: outcome.kind,
    errorCode: note ?? codeOf(outcome),
    errorMessage: error ? messageFor(job, error).slice(0, LONGEST_MESSAGE) : null,
    httpStatus: call.httpStatus ?? error?.status ?? null,
    upstreamRequestId: call.upstreamRequestId,
    queuedAt: Math.max(granted.t, granted.b), grantedAt: granted.ga,
    sentAt: call.sentAt, firstByteAt: call.firstByteAt, endedAt: call.endedAt,
    ...tokensOf(usageOf(outcome)),
    reservedTokens: granted.i + granted.o + granted.e,
    usageSource: usageOf(outcome)?.source ?? null,
  };
}

/** A provider's own words may quote the prompt, the answer or a key: they are kept only where bodies are. Our own words never hold any. */
function messageFor(job: Job, error: ProviderError): string {
  if (error.status === null || job.capture === 'full') return error.message;
  const code = error.code !== null && PLAIN_CODE.test(error.code) ? `, code ${error.code}` : '';
  return `the provider answered with status ${error.status}${code}`;
}

export interface Final {
  readonly ending: Ending;
  readonly state: FinalState;
  readonly error: EndError | null;
}

export function jobRecord(job: Job, granted: Granted, { ending, state, error }: Final): JobRecord {
  return {
    v: 1, kind: 'job', job: job.id, workspace: job.workspace, environment: job.environment, apiKey: job.apiKey,
    tenant: job.tenant, resource: job.resource, priority: job.priority, endpoint: job.endpoint, mode: job.mode,
    stream: job.stream, state, errorCode: error?.code ?? null, attempts: granted.a - firstAttemptOf(job) + 1,
    connection: granted.c, provider: job.routes[granted.r]?.provider ?? null, model: granted.m,
    ...tokensOf(usageOf(ending.outcome)),
    createdAt: job.createdAt, startedAt: ending.call.sentAt, endedAt: ending.call.endedAt, bodyBytes: job.bodyBytes,
    correlationId: job.correlationId, tags: job.tags, metadata: job.metadata,
  };
}

export function usageOf(outcome: Outcome): Usage | null {
  return outcome.kind === 'throttled' || outcome.kind === 'lost' ? null : outcome.usage;
}

const tokensOf = (usage: Usage | null) => ({
  inputTokens: usage?.inputTokens ?? null,
  cachedInputTokens: usage?.cachedInputTokens ?? null,
  outputTokens: usage?.outputTokens ?? null,
  reasoningTokens: usage?.reasoningTokens ?? null,
});

function errorOf(outcome: Outcome): ProviderError | null {
  return outcome.kind === 'throttled' || outcome.kind === 'failed' ? outcome.error : null;
}

function codeOf(outcome: Outcome): string | null {
  switch (outcome.kind) {
    case 'completed':
      return null;
    case 'throttled':
    case 'lost':
      return outcome.kind;
    case 'failed':
      return outcome.failure;
    case 'cancelled':
      return outcome.by;
    default:
      return outcome satisfies never;
  }
}
