/** A job and a grant of it, for tests to vary. */
import type { Job } from '@sluice/domain';
import type { Granted } from '@sluice/queue';

export const NOW = Date.parse('2026-01-01T00:00:00Z');

export const exampleJob = (given: Partial<Job> = {}): Job => ({
  v: 1, id: 'job_01JGFJJZ00EXAMPLE0000000AA', workspace: 'w', environment: 'e', apiKey: 'k', tenant: 'k', weight: 1,
  resource: 'fast', priority: 'normal', rank: 1, endpoint: 'chat', mode: 'sync', stream: true, resumable: false,
  routes: [
    { connection: 'c1', name: 'main', provider: 'openai-compatible', model: 'm1' },
    { connection: 'c2', name: 'other', provider: 'openai-compatible', model: 'm2' },
  ],
  onUnsupported: 'refuse', createdAt: NOW, startBy: NOW + 60_000, deadline: NOW + 120_000,
  estimate: { inputTokens: 50, outputTokens: 100, maximumOutputTokens: null },
  bodyBytes: 100, fingerprint: 'f', correlationId: null, tags: [], metadata: {}, capture: 'metadata', ...given,
});

export const exampleGrant = (given: Partial<Granted> = {}): Granted => ({
  v: 1, j: 'job_01JGFJJZ00EXAMPLE0000000AA', a: 1, r: 0, m: 'm1', i: 50, o: 100, x: 0, n: 100, t: NOW, s: NOW + 60_000, b: 0,
  l: 'lane~c1~1~normal~k~1', c: 'c1', g: 7, ga: NOW + 10, sb: NOW + 2_010, e: 0, sc: 1, ...given,
});
