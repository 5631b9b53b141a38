/** The examples, run as their first lines say, against an `npm start` in a fresh home. */
import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { eventBody, newWebhookSecret, webhookHeaders } from '@sluice/domain';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { freePort } from '../src/processes/free-port.ts';
import { waitUntil } from '../src/processes/wait-until.ts';
import { cleanUp, install, type Installation, READY, root } from './installation.ts';

let installation: Installation;
beforeAll(async () => {
  installation = await install();
  await installation.printed(READY, 90_000);
}, 120_000);
afterAll(cleanUp);

interface Ran {
  readonly code: number | null;
  readonly output: string;
}

const EXAMPLE_MS = 60_000;

function run(program: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<Ran> {
  const child = spawn(program, args, { cwd: root, env: { ...process.env, SLUICE_URL: installation.url, ...env }, timeout: EXAMPLE_MS, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (data: Buffer) => { output += data.toString(); });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', (code) => resolve({ code, output }));
  });
}

const example = (name: string): string => join('examples', name);

test('hello.mjs prints an answer', async () => {
  const { code, output } = await run('node', [example('hello.mjs')]);
  expect([code, output]).toEqual([0, expect.stringMatching(/\w+ \w+/)]);
}, EXAMPLE_MS);

test('job.mjs hands a call over and fetches its answer', async () => {
  const { code, output } = await run('node', [example('job.mjs')]);
  expect([code, output]).toEqual([0, expect.stringMatching(/^job_\w+ is queued\n.*\w+/)]);
}, EXAMPLE_MS);

const BATCH = /completed[^]*completed['=: ]+2[^]*"custom_id":"question-0"[^]*"custom_id":"question-1"/;

test('batch.mjs goes from a file to its answers', async () => {
  expect(await run('node', [example('batch.mjs')])).toEqual({ code: 0, output: expect.stringMatching(BATCH) });
}, EXAMPLE_MS);

/** The tests of the Python SDK install it there. */
function pythonWithSdk(): string | undefined {
  const cache = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sluice');
  const folder = existsSync(cache) ? readdirSync(cache).find((name) => /^python-openai-[\d.]+$/.test(name)) : undefined;
  return folder && join(cache, folder, 'bin', 'python');
}

test('batch.py does the same', async (context) => {
  const python = pythonWithSdk();
  if (!python) return context.skip('the openai SDK for Python is not installed');
  expect(await run(python, [example('batch.py')])).toEqual({ code: 0, output: expect.stringMatching(BATCH) });
}, EXAMPLE_MS);

test('jobs.sh does it with curl alone', async () => {
  expect(await run('sh', [example('jobs.sh')])).toEqual({ code: 0, output: expect.stringMatching(/"object":"chat\.completion"/) });
}, EXAMPLE_MS);

test('webhook-receiver.mjs believes what is signed, once, and refuses the rest', async () => {
  const [secret, port] = [newWebhookSecret(), await freePort()];
  const child = spawn('node', [example('webhook-receiver.mjs')], { cwd: root, env: { ...process.env, WEBHOOK_SECRET: secret, PORT: String(port) }, stdio: ['ignore', 'pipe', 'inherit'] });
  let output = '';
  child.stdout.on('data', (data: Buffer) => { output += data.toString(); });
  const body = eventBody({ id: 'evt_1', type: 'job.completed', subject: 'job_1', createdAt: Date.now(), result: null });
  const send = async (text: string): Promise<number | undefined> => {
    const headers = webhookHeaders({ id: 'evt_1', timestamp: Math.floor(Date.now() / 1_000), body, secrets: [secret] });
    return (await fetch(`http://127.0.0.1:${port}/`, { method: 'POST', headers: { ...headers }, body: text }).catch(() => undefined))?.status;
  };
  try {
    expect(await waitUntil(async () => await send(body) === 200, { forMs: 20_000 })).toBe(true);
    expect([await send(body), await send(body.replace('completed', 'failed'))]).toEqual([200, 400]);
    expect(output).toBe('job.completed job_1\n');
  } finally {
    child.kill();
  }
}, EXAMPLE_MS);

test('every example is run here', () => {
  const own = readFileSync(join(root, 'tools', 'test', 'examples.test.ts'), 'utf8');
  for (const name of readdirSync(join(root, 'examples'))) expect(own).toContain(`'${name}'`);
});
