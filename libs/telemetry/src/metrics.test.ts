import { expect, test } from 'vitest';
import type { AttemptRecord } from '@sluice/domain';
import { labelBound, OTHER } from './label-bound.ts';
import { createMetrics } from './metrics.ts';

const RECORD: AttemptRecord = {
  v: 1, kind: 'attempt', job: 'job_01', attempt: 1, workspace: 'default', environment: 'default', connection: 'main', resource: 'fast',
  provider: 'openai', model: 'small', priority: 'normal', tenant: 'team', mode: 'sync', outcome: 'completed', errorCode: null,
  errorMessage: null, httpStatus: 200, upstreamRequestId: null, queuedAt: 1000, grantedAt: 1200, sentAt: 1210, firstByteAt: 1310, endedAt: 1710,
  inputTokens: 30, cachedInputTokens: 0, outputTokens: 20, reasoningTokens: 0, reservedTokens: 80, usageSource: 'provider',
};

test('ingress tells its answers by endpoint, status and code, and the calls that are open', async () => {
  const metrics = createMetrics('ingress');
  metrics.callOpened();
  metrics.callOpened();
  metrics.callClosed();
  metrics.callHeld('normal', 0.4);
  metrics.requestAnswered({ endpoint: '/v1/chat/completions', status: 429, code: 'queue_timeout' });
  const text = await metrics.text();
  expect(text).toContain('sluice_requests_total{endpoint="/v1/chat/completions",status="429",code="queue_timeout",app="ingress"} 1');
  expect(text).toContain('sluice_open_calls{app="ingress"} 1');
  expect(text).toContain('sluice_hold_seconds_bucket{le="0.5",app="ingress",priority="normal"} 1');
  expect(text).toContain('sluice_hold_seconds_bucket{le="0.25",app="ingress",priority="normal"} 0');
});

test('a worker tells outcome, times and tokens of each attempt', async () => {
  const metrics = createMetrics('worker');
  metrics.attemptStarted();
  metrics.attemptEnded(RECORD);
  metrics.attemptStarted();
  metrics.attemptEnded({ ...RECORD, outcome: 'lost', sentAt: null, firstByteAt: null, inputTokens: null, outputTokens: null });
  metrics.journalLag('audit', { entries: 12, seconds: 3 });
  const text = await metrics.text();
  expect(text).toContain('sluice_attempts_total{connection="main",provider="openai",outcome="completed",app="worker"} 1');
  expect(text).toContain('sluice_attempts_total{connection="main",provider="openai",outcome="lost",app="worker"} 1');
  expect(text).toContain('sluice_call_seconds_sum{app="worker",connection="main",provider="openai"} 0.5');
  expect(text).toContain('sluice_first_byte_seconds_sum{app="worker",connection="main",provider="openai"} 0.1');
  expect(text).toContain('sluice_tokens_total{connection="main",provider="openai",kind="reserved",app="worker"} 160');
  expect(text).toContain('sluice_tokens_total{connection="main",provider="openai",kind="input",app="worker"} 30');
  expect(text).toContain('sluice_running_calls{app="worker"} 0');
  expect(text).toContain('sluice_journal_lag_entries{group="audit",app="worker"} 12');
});

test('a scheduler that gives a connection up tells its gauges no more, and keeps those of others', async () => {
  const metrics = createMetrics('scheduler');
  for (const connection of ['main', 'spare']) {
    metrics.waiting(connection, 'urgent', 7);
    metrics.openPermits(connection, 3);
    metrics.limitUsed({ connection, dimension: 'requests', model: null, windowMs: 60_000, share: 0.5 });
  }
  metrics.granted('main', 'urgent', 4);
  metrics.takeover('main');
  metrics.decided(0.0004);
  metrics.forget('main');
  const text = await metrics.text();
  expect(text).not.toMatch(/sluice_(waiting_jobs|open_permits|limit_used_ratio)\{[^}]*connection="main"/);
  expect(text).toContain('sluice_limit_used_ratio{connection="spare",dimension="requests",model="all",window_seconds="60",app="scheduler"} 0.5');
  expect(text).toContain('sluice_permits_granted_total{connection="main",priority="urgent",app="scheduler"} 4');
  expect(text).toContain('sluice_takeovers_total{connection="main",app="scheduler"} 1');
  expect(text).toContain('sluice_decision_seconds_bucket{le="0.0005",app="scheduler"} 1');
});

test('two processes of one test do not share a registry', async () => {
  const [one, two] = [createMetrics('ingress'), createMetrics('ingress')];
  one.callOpened();
  expect(await two.text()).toContain('sluice_open_calls{app="ingress"} 0');
});

test('each process tells lag, memory and CPU time, as finite numbers', async () => {
  const text = await createMetrics('worker').text();
  expect(text).toMatch(/sluice_memory_bytes\{kind="resident",app="worker"\} \d{6,}/);
  expect(text).toMatch(/sluice_cpu_seconds_total\{mode="user",app="worker"\} \d/);
  expect(text).toMatch(/sluice_eventloop_lag_seconds\{quantile="0.99",app="worker"\} \d/);
  expect(text).not.toContain('Nan');
});

test('past its bound the values of a label are counted together', () => {
  const label = labelBound(2);
  expect(['a', 'b', 'c', 'a', 'd'].map(label)).toEqual(['a', 'b', OTHER, 'a', OTHER]);
});
