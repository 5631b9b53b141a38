import { expect, test } from 'vitest';
import type { AttemptRecord } from '@sluice/domain';
import { writeRow } from './questdb-rows.ts';

const RECORD: AttemptRecord = {
  v: 1, kind: 'attempt', job: 'job_01', attempt: 2, workspace: 'default', environment: 'default', connection: 'main', resource: 'fast',
  provider: 'openai', model: 'small', priority: 'normal', tenant: 'team', mode: 'sync', outcome: 'failed', errorCode: 'cut',
  errorMessage: 'cut', httpStatus: 200, upstreamRequestId: 'r1', queuedAt: 1000, grantedAt: 1200, sentAt: 1210, firstByteAt: 1310, endedAt: 1710,
  inputTokens: 30, cachedInputTokens: 10, outputTokens: 20, reasoningTokens: 0, reservedTokens: 80, usageSource: 'provider',
};

async function written(record: AttemptRecord): Promise<Record<string, unknown>> {
  const row: Record<string, unknown> = {};
  const set = (name: string, value: unknown) => void (row[name] = value);
  await writeRow({ table: (name) => set('table', name), symbol: set, stringColumn: set, intColumn: set, floatColumn: set, at: async (ts) => set('ts', ts) }, record);
  return row;
}

test('a record becomes the columns of attempts', async () => {
  expect(await written(RECORD)).toEqual({
    table: 'attempts', ts: 1710, workspace: 'default', environment: 'default', connection: 'main', resource: 'fast', provider: 'openai', model: 'small',
    priority: 'normal', tenant: 'team', mode: 'sync', outcome: 'failed', error_code: 'cut', job_id: 'job_01', attempt: 2,
    queue_ms: 200, ttft_ms: 100, total_ms: 710, tokens_in: 30, tokens_cached: 10, tokens_out: 20, tokens_reserved: 80, tokens_per_second: 40,
  });
});

test('what never came is left out, so that it is null and not zero', async () => {
  const row = await written({ ...RECORD, errorCode: null, sentAt: null, firstByteAt: null, inputTokens: null, cachedInputTokens: null, outputTokens: null });
  for (const name of ['error_code', 'ttft_ms', 'tokens_in', 'tokens_cached', 'tokens_out', 'tokens_per_second', 'cost']) expect(row).not.toHaveProperty(name);
});

test('fractions and numbers that are none do not make a row that can never be written', async () => {
  const row = await written({ ...RECORD, endedAt: 1710.4, firstByteAt: 1310.6, inputTokens: 1.5, reservedTokens: Number.NaN });
  expect(row).toMatchObject({ ts: 1710, ttft_ms: 101, tokens_in: 2 });
  expect(row).not.toHaveProperty('tokens_reserved');
});
