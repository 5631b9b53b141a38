/** One queue a test file, under a prefix of its own, on a real Redis. */
import { randomUUID } from 'node:crypto';
import type { EndError, Frame, Job, Logger } from '@sluice/domain';
import { newJobId } from '@sluice/domain';
import { inject } from 'vitest';
import { openQueue } from '../src/index.ts';
import type { DispatchOptions, EndedAttempt, Granted } from '../src/index.ts';

export const quiet: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export const open = (prefix = `test-${randomUUID()}`, failFast = false) => openQueue({ url: inject('redisUrl'), prefix, failFast, log: quiet });

export const error: EndError = { code: 'cancelled', message: 'cancelled by the test', param: null, retryAfterMs: null, provider: null };

export function jobAt(now: number, changes: Partial<Job> = {}): Job {
  return {
    v: 1, id: newJobId(now), workspace: 'w', environment: 'e', apiKey: 'k', tenant: 't', weight: 1, resource: 'fast', priority: 'normal', rank: 0,
    endpoint: 'chat', mode: 'sync', stream: false, resumable: false,
    routes: [{ connection: 'con_1', name: 'main', provider: 'openai', model: 'm' }], onUnsupported: 'refuse',
    createdAt: now, startBy: now + 60_000, deadline: now + 60_000, estimate: { inputTokens: 10, outputTokens: 5, maximumOutputTokens: null },
    bodyBytes: 4, fingerprint: randomUUID(), correlationId: null, tags: [], metadata: {}, capture: 'none', ...changes,
  };
}

export const grantOf = (job: Job, lane: string, changes: Partial<Granted> = {}): Granted => ({
  v: 1, j: job.id, a: 1, r: 0, m: 'm', i: 10, o: 5, x: 0, n: 4, t: job.createdAt, s: job.startBy, b: 0,
  l: lane, c: 'con_1', g: 1, ga: job.createdAt, sb: job.createdAt + 2_000, e: 0, sc: 4_294_967_297, ...changes,
});

export function endedOf(granted: Granted, job: Job, changes: Partial<EndedAttempt> = {}): EndedAttempt {
  const usage = { inputTokens: 9, cachedInputTokens: 0, outputTokens: 3, reasoningTokens: 0 };
  return {
    v: 1, outcome: 'completed', next: { kind: 'finish', state: 'completed' },
    settlement: { kind: 'sent', arrivedAt: granted.ga + 5, endedAt: granted.ga + 10, inputTokens: 9, outputTokens: 3, cooldownUntil: null },
    record: {
      v: 1, kind: 'attempt', job: job.id, attempt: granted.a, workspace: 'w', environment: 'e', connection: granted.c, resource: 'fast', provider: 'openai',
      model: 'm', priority: 'normal', tenant: 't', mode: 'sync', outcome: 'completed', errorCode: null, errorMessage: null, httpStatus: 200,
      upstreamRequestId: null, queuedAt: granted.t, grantedAt: granted.ga, sentAt: granted.ga, firstByteAt: granted.ga, endedAt: granted.ga + 10,
      ...usage, reservedTokens: 15, usageSource: 'provider',
    },
    jobRecord: {
      v: 1, kind: 'job', job: job.id, workspace: 'w', environment: 'e', apiKey: 'k', tenant: 't', resource: 'fast', priority: 'normal', endpoint: 'chat',
      mode: 'sync', stream: false, state: 'completed', errorCode: null, attempts: granted.a, connection: granted.c, provider: 'openai', model: 'm',
      ...usage, createdAt: job.createdAt, startedAt: granted.ga, endedAt: granted.ga + 10, bodyBytes: 4, correlationId: null, tags: [], metadata: {},
    },
    costs: false, ...changes,
  };
}

export const head = (job: Job): Frame => ({ job: job.id, seq: 1, kind: 'head', data: Buffer.from('{}') });

export const frame = (job: Job, seq: number, text: string): Frame => ({ job: job.id, seq, kind: 'data', data: Buffer.from(text) });

/** Options of a dispatch that hands what it gets to `handle`. */
export const dispatching = (handle: DispatchOptions['handle'], onCancel: DispatchOptions['onCancel'] = () => undefined): DispatchOptions =>
  ({ worker: randomUUID(), slots: 8, handle, onCancel });
