/** What a worker counts: its attempts as the journal records them, and how far the journal's readers lag. */
import type { AttemptRecord } from '@sluice/domain';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { CALL_BUCKETS, RATIO_BUCKETS } from './buckets.ts';
import { labelBound } from './label-bound.ts';

export interface JournalLag {
  readonly entries: number;
  /** Age of the oldest record that is not yet kept. */
  readonly seconds: number;
}

export interface WorkerMetrics {
  attemptStarted(): void;
  attemptEnded(record: AttemptRecord): void;
  journalLag(group: string, lag: JournalLag): void;
  webhookTried(outcome: 'delivered' | 'failed' | 'gone'): void;
}

export function workerMetrics(registry: Registry): WorkerMetrics {
  const registers = [registry];
  const labelNames = ['connection', 'provider'] as const;
  const attempts = new Counter({
    name: 'sluice_attempts_total', help: 'Attempts by outcome', labelNames: [...labelNames, 'outcome'], registers,
  });
  const firstByte = new Histogram({
    name: 'sluice_first_byte_seconds', help: 'From sending the request to the first byte of the answer', labelNames, buckets: CALL_BUCKETS, registers,
  });
  const call = new Histogram({
    name: 'sluice_call_seconds', help: 'From sending the request to the end of the answer', labelNames, buckets: CALL_BUCKETS, registers,
  });
  const tokens = new Counter({
    name: 'sluice_tokens_total', help: 'Tokens reserved by permits, and used as the provider counted them', labelNames: [...labelNames, 'kind'], registers,
  });
  const ratio = new Histogram({
    name: 'sluice_reserved_ratio', help: 'Tokens reserved by those used, of calls whose usage is known: far from 1 the estimates are off',
    labelNames: ['resource'], buckets: RATIO_BUCKETS, registers,
  });
  const resourceLabel = labelBound(500);
  const running = new Gauge({ name: 'sluice_running_calls', help: 'Attempts being made now', registers });
  const lagEntries = new Gauge({ name: 'sluice_journal_lag_entries', help: 'Journal records not yet kept', labelNames: ['group'], registers });
  const lagSeconds = new Gauge({ name: 'sluice_journal_lag_seconds', help: 'Age of the oldest record not yet kept', labelNames: ['group'], registers });
  const webhookTries = new Counter({ name: 'sluice_webhook_tries_total', help: 'Tries to deliver a webhook, by outcome', labelNames: ['outcome'], registers });
  const connectionLabel = labelBound(500);
  const providerLabel = labelBound(100);
  return {
    attemptStarted: () => running.inc(),
    attemptEnded(record) {
      running.dec();
      const labels = { connection: connectionLabel(record.connection), provider: providerLabel(record.provider) };
      attempts.inc({ ...labels, outcome: record.outcome });
      tokens.inc({ ...labels, kind: 'reserved' }, record.reservedTokens);
      if (record.inputTokens !== null) tokens.inc({ ...labels, kind: 'input' }, record.inputTokens);
      if (record.outputTokens !== null) tokens.inc({ ...labels, kind: 'output' }, record.outputTokens);
      const used = (record.inputTokens ?? 0) + (record.outputTokens ?? 0);
      if (record.usageSource === 'provider' && used > 0) ratio.observe({ resource: resourceLabel(record.resource) }, record.reservedTokens / used);
      if (record.sentAt === null) return;
      call.observe(labels, seconds(record.sentAt, record.endedAt));
      if (record.firstByteAt !== null) firstByte.observe(labels, seconds(record.sentAt, record.firstByteAt));
    },
    journalLag(group, lag) {
      lagEntries.set({ group }, lag.entries);
      lagSeconds.set({ group }, lag.seconds);
    },
    webhookTried: (outcome) => webhookTries.inc({ outcome }),
  };
}

const seconds = (from: number, to: number) => Math.max(0, to - from) / 1000;
