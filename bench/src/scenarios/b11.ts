/** B11: a batch of 50,000 lines and 200 MB: how soon is it accepted, how fast is it worked off, and what does that cost ingress? Upstream answers at once. */
import { openAsBlob } from 'node:fs';
import { mkdtemp, open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import type { Target } from '../load/plan.ts';
import { sluice } from '../systems/sluice.ts';
import { watch } from '../watch.ts';
import { UNBOUND } from './line-up.ts';
import type { Scenario } from './scenario.ts';

const LINES = 50_000;
/** 50,000 of them are 200 MB. */
const LINE_BYTES = 4_000;
const LOOK_EVERY_MS = 500;
const LONGEST_MS = 600_000;

interface Batch {
  readonly id: string;
  readonly status: string;
  readonly output_file_id: string | null;
  readonly request_counts: { readonly total: number; readonly completed: number; readonly failed: number };
}

export const b11: Scenario = {
  question: `B11: a batch of ${LINES} lines and ${(LINES * LINE_BYTES) / 1_000_000} MB with an instant upstream`,
  async run(bench) {
    const provider = await bench.startProvider({ limits: [], latencyMs: 0, eventEveryMs: 0 });
    const running = await bench.startSystem(sluice, provider, UNBOUND);
    const before = watch(() => running.processes())().residentMb['ingress'] ?? 0;
    const stop = watch(() => [...running.processes(), ...provider.processes()]);
    const profile = () => bench.toggleProfiles(running.processes());
    const began = performance.now();
    const file = await upload(running.target);
    const uploadMs = performance.now() - began;
    bench.say(`uploaded in ${(uploadMs / 1000).toFixed(1)} s`);
    profile();
    const { id } = await ask<Batch>(running.target, 'batches', { method: 'POST', body: JSON.stringify({ input_file_id: file, endpoint: '/v1/chat/completions', completion_window: '24h' }) });
    const accepted = await until(running.target, id, ({ status }) => status !== 'validating');
    const acceptedMs = performance.now() - began - uploadMs;
    bench.say(`${accepted.status} ${(acceptedMs / 1000).toFixed(1)} s later`);
    profile();
    profile();
    const ended = await until(running.target, id, ({ status }) => status === 'completed' || status === 'failed' || status === 'expired');
    const workedOffMs = performance.now() - began - uploadMs - acceptedMs;
    const usage = stop();
    profile();
    const growthMb = (usage.residentMb['ingress'] ?? 0) - before;
    const { total, completed } = ended.request_counts;
    const figures = { uploadMs, acceptedMs, workedOffMs, linesPerSecond: (completed * 1000) / workedOffMs, ingressGrowthMb: growthMb, counts: ended.request_counts, status: ended.status, usage };
    return {
      figures,
      table: {
        title: b11.question,
        columns: ['', 'upload s', 'accepted s', 'worked off s', 'lines/s', 'ingress grew MB', 'answered'],
        rows: [['sluice', (uploadMs / 1000).toFixed(1), (acceptedMs / 1000).toFixed(1), (workedOffMs / 1000).toFixed(1), figures.linesPerSecond.toFixed(0), growthMb.toFixed(0), `${completed} of ${total}`]],
        notes: ['Accepted: from the request that makes the batch until every line is kept and may run. Must: 10 s, 700 lines/s, 100 MB. The output file is written within the time worked off.'],
      },
    };
  },
};

async function upload(target: Target): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-b11-'));
  try {
    const path = join(folder, 'lines.jsonl');
    const file = await open(path, 'w');
    for (let line = 0; line < LINES; line += 1) await file.write(`${lineOf(line, target.model)}\n`);
    await file.close();
    const form = new FormData();
    form.append('purpose', 'batch');
    form.append('file', await openAsBlob(path), 'lines.jsonl');
    return (await ask<{ id: string }>(target, 'files', { method: 'POST', body: form })).id;
  } finally {
    await rm(folder, { recursive: true });
  }
}

function lineOf(line: number, model: string): string {
  const of = (content: string) => JSON.stringify({ custom_id: `line-${line}`, method: 'POST', url: '/v1/chat/completions', body: { model, max_tokens: 40, messages: [{ role: 'user', content }] } });
  return of('x'.repeat(LINE_BYTES - 1 - of('').length));
}

async function until(target: Target, id: string, isReached: (batch: Batch) => boolean): Promise<Batch> {
  const giveUpAt = performance.now() + LONGEST_MS;
  for (;;) {
    const batch = await ask<Batch>(target, `batches/${id}`);
    if (isReached(batch)) return batch;
    if (performance.now() > giveUpAt) throw new Error(`the batch is ${batch.status} after ${LONGEST_MS / 1000} s: ${JSON.stringify(batch.request_counts)}`);
    await delay(LOOK_EVERY_MS);
  }
}

async function ask<Answer>({ origin, headers }: Target, path: string, init: RequestInit = {}): Promise<Answer> {
  const response = await fetch(`${origin}/v1/${path}`, { ...init, headers });
  if (!response.ok) throw new Error(`/v1/${path} answered ${response.status}: ${(await response.text()).slice(0, 300)}`);
  return (await response.json()) as Answer; // what the API describes
}
