/**
 * A production trace at twice what the provider allows in tokens, with windows of 2 s so that it is over soon: nobody is
 * refused, nothing is wasted, everyone is answered.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as until } from 'node:timers/promises';
import type { Limit } from '@sluice/domain';
import { promptOfTokens, readTrace, sharedFolder } from '@sluice/testkit';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KEY, startSystem } from '../system.ts';
import type { System } from '../system.ts';

const FILE = join(sharedFolder(), 'traces/azure-llm-2023-conversation.csv');
const REQUESTS = 400;
const SPAN_MS = 12_000;
const WINDOW_MS = 2_000;
/** Of what is asked for, the provider allows this share. */
const ALLOWED_SHARE = 0.5;
/** Tokens are made fewer by this, so that bodies stay small. */
const SCALE = 8;
/** The simulator counts a message and a request themselves, and a prompt begins with its number. */
const LEAST_INPUT_TOKENS = 12;

interface Call { readonly atMs: number; readonly input: number; readonly output: number }

/** Without the trace: arrivals in bursts, and sizes of long tail, the same each time. */
const synthetic = () => Array.from({ length: REQUESTS }, (_, index) => ({
  atMs: Math.floor(index / 8) * 8 + (index % 8) * 0.2, inputTokens: 80 + ((index * 7_919) % 1_900), outputTokens: 20 + ((index * 104_729) % 420),
}));

function readCalls(): readonly Call[] {
  const rows = existsSync(FILE) ? readTrace(readFileSync(FILE, 'utf8')).slice(0, REQUESTS) : synthetic();
  const last = rows.at(-1)?.atMs ?? 1;
  return rows.map(({ atMs, inputTokens, outputTokens }) => ({
    atMs: (atMs / last) * SPAN_MS,
    input: Math.max(LEAST_INPUT_TOKENS, Math.ceil(inputTokens / SCALE)),
    output: Math.max(1, Math.ceil(outputTokens / SCALE)),
  }));
}

const calls = readCalls();
const demand = calls.reduce((sum, { input, output }) => sum + input + output, 0);
const tokens = Math.round(demand * (WINDOW_MS / SPAN_MS) * ALLOWED_SHARE);
/** More than what binds lets through. */
const requests = Math.round(REQUESTS * (WINDOW_MS / SPAN_MS));
const limit = (dimension: Limit['dimension'], amount: number): Limit => ({ dimension, amount, windowMs: WINDOW_MS, window: 'sliding' });

let system: System;
beforeAll(async () => {
  system = await startSystem({
    simulators: [{ limits: [limit('requests', requests), limit('total_tokens', tokens)], latencyMs: 20, chunkEveryMs: 0 }],
    configuration: `
version: 1
environment: default
connections:
  - name: main
    provider: openai-compatible
    base_url: \${SIM_0}
    credentials: { api_key: sk-upstream }
    limits: [{ requests: ${requests}, per: 2s, window: sliding }, { total_tokens: ${tokens}, per: 2s, window: sliding }]
priorities: [{ name: normal, reserved: 50, ceiling: 100 }, { name: batch, reserved: 5, ceiling: 100 }]
resources: [{ name: fast, priority: normal, max_wait: 4m, routes: [{ connection: main, model: gpt-4o-mini }] }]
api_keys: [{ name: test, key: ${KEY}, resources: ["*"], priorities: ["*"] }]
`,
  });
});
afterAll(() => system?.stop());

/** Prompts of the right length that are all different: the same request twice may be a client's own retry. */
const promptOf = (index: number, input: number): string => `${String(index).padStart(6, '0')} ${promptOfTokens(input)}`.slice(0, promptOfTokens(input).length);

async function make({ atMs, input, output }: Call, index: number): Promise<number> {
  await until(atMs);
  const response = await system.chat({
    model: 'fast', max_tokens: output, metadata: { simulate_output_tokens: String(output) }, messages: [{ role: 'user', content: promptOf(index, input) }],
  });
  await response.arrayBuffer();
  return response.status;
}

test('everyone is answered, the provider refuses nothing, and its limit is used', { timeout: 90_000 }, async () => {
  const statuses = await Promise.all(calls.map(make));
  expect(statuses.filter((status) => status !== 200)).toEqual([]);

  const [simulator] = system.simulators;
  const records = simulator?.calls() ?? [];
  const unanswered = records.filter(({ outcome }) => outcome !== 'answered');
  expect(simulator?.oracle(), `not answered: ${JSON.stringify(unanswered)}`).toMatchObject({ answered: calls.length, refused: 0, refusals: {} });
  // An attempt that is given up on its way is made again: what was asked is what the answered ones spent.
  const answered = records.filter(({ outcome }) => outcome === 'answered');
  expect(answered.map(({ inputTokens, outputTokens }) => inputTokens + outputTokens).reduce((sum, n) => sum + n, 0)).toBe(demand);

  // There is a backlog from the second window on until the last few calls are under way.
  const fromMs = (records[0]?.arrivedAt ?? 0) + WINDOW_MS;
  const lastMs = records.at(-1)?.arrivedAt ?? 0;
  const windows = Math.floor((lastMs - fromMs) / WINDOW_MS);
  const used = simulator?.oracle({ fromMs, toMs: fromMs + windows * WINDOW_MS }).limits.find(({ dimension }) => dimension === 'total_tokens');
  const figures = `of ${tokens} tokens in ${WINDOW_MS} ms, over ${windows} windows`;
  expect(windows).toBeGreaterThanOrEqual(5);
  expect(used?.utilisation, figures).toBeGreaterThanOrEqual(0.9);
});
