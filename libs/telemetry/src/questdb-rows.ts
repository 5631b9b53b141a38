/** An attempt's record as a row of `attempts`, written into the client's buffer. Absent values are left out: null in QuestDB. */
import { measuresOf } from '@sluice/domain';
import type { AttemptRecord } from '@sluice/domain';

/** What is used of the client's sender; symbols come before columns, and `at` closes the row. */
export interface RowWriter {
  table(name: string): unknown;
  symbol(name: string, value: unknown): unknown;
  stringColumn(name: string, value: string): unknown;
  intColumn(name: string, value: number): unknown;
  floatColumn(name: string, value: number): unknown;
  at(timestamp: number, unit: 'ms'): Promise<void>;
}

export async function writeRow(to: RowWriter, record: AttemptRecord): Promise<void> {
  const measures = measuresOf(record);
  to.table('attempts');
  for (const [name, value] of Object.entries(symbolsOf(record))) {
    if (value !== null && value !== '') to.symbol(name, value);
  }
  to.stringColumn('job_id', record.job);
  const numbers = {
    attempt: record.attempt,
    queue_ms: measures.queueMs, ttft_ms: measures.ttftMs, total_ms: measures.totalMs,
    tokens_in: record.inputTokens, tokens_cached: record.cachedInputTokens, tokens_out: record.outputTokens,
    tokens_reserved: record.reservedTokens,
  };
  for (const [name, value] of Object.entries(numbers)) {
    // Rounded, because the client throws on a fraction, and a row that throws would hold up all rows behind it for ever.
    if (value !== null && Number.isFinite(value)) to.intColumn(name, Math.round(value));
  }
  if (measures.tokensPerSecond !== null) to.floatColumn('tokens_per_second', measures.tokensPerSecond);
  await to.at(Math.round(record.endedAt), 'ms');
}

function symbolsOf(record: AttemptRecord) {
  const { workspace, environment, connection, resource, provider, model, priority, tenant, mode, outcome } = record;
  return { workspace, environment, connection, resource, provider, model, priority, tenant, mode, outcome, error_code: record.errorCode };
}
