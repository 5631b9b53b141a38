/** Every command of `sluice`, as a process of its own, on a running system: what it prints, does, and ends with. */
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { waitFor } from '@sluice/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KEY, plainConfiguration, startSystem, type System } from '../system.ts';
import { ADMIN, makeFirstOperator, type Told } from './operators.ts';

const SLUICE = fileURLToPath(new URL('../../../cli/dist/main.js', import.meta.url));

interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

let system: System;
let home: string;
let environment: Readonly<Record<string, string>>;

beforeAll(async () => {
  system = await startSystem({ configuration: plainConfiguration.replace('resources:', 'resources:\n  - { name: slow, priority: normal, routes: [{ connection: main, model: gpt-4o-latency-20000ms }] }') });
  await makeFirstOperator(system);
  home = await mkdtemp(join(tmpdir(), 'sluice-cli-'));
  environment = { PATH: process.env['PATH'] ?? '', XDG_CONFIG_HOME: home, SLUICE_URL: system.url, SLUICE_KEY: KEY, DATABASE_URL: system.databaseUrl };
});
afterAll(async () => {
  await system?.stop();
  await rm(home, { recursive: true, force: true });
});

async function sluice(words: readonly string[], { env = {}, input = '' }: { env?: Readonly<Record<string, string>>; input?: string } = {}): Promise<Ended> {
  const child = spawn(process.execPath, [SLUICE, ...words], { env: { ...environment, ...env }, stdio: ['pipe', 'pipe', 'pipe'] });
  let [out, err] = ['', ''];
  child.stdout.on('data', (chunk: Buffer) => { out += chunk.toString(); });
  child.stderr.on('data', (chunk: Buffer) => { err += chunk.toString(); });
  child.stdin.end(input);
  const code = await new Promise<number | null>((resolve) => { child.once('close', resolve); });
  return { code, out, err };
}

const asJson = async (...words: readonly string[]): Promise<Told> => {
  const { code, out, err } = await sluice([...words, '--json']);
  expect(code, err).toBe(0);
  return JSON.parse(out) as Told; // the command's own shape
};
const handOver = async (model: string): Promise<string> => {
  const response = await fetch(`${system.url}/v1/jobs`, {
    method: 'POST', headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json' },
    body: JSON.stringify({ endpoint: '/v1/chat/completions', body: { model, messages: [{ role: 'user', content: 'hi' }] }, sluice: { tags: ['cli'] } }),
  });
  return ((await response.json()) as { id: string }).id;
};

describe('before anybody has signed in', () => {
  test('commands say so, and what to do', async () => {
    expect(await sluice(['queues'])).toMatchObject({ code: 77, out: '', err: expect.stringContaining('sluice login') });
    expect(await sluice(['queues'], { env: { SLUICE_URL: 'http://127.0.0.1:1', SLUICE_TOKEN: 'slo_x' } })).toMatchObject({ code: 69, err: expect.stringContaining('does not answer') });
    expect(await sluice(['queues'], { env: { SLUICE_TOKEN: 'slo_guess' } })).toMatchObject({ code: 77, err: expect.stringContaining('401') });
  });

  test('wrong words and options are told with the usage', async () => {
    expect(await sluice(['nonsense'])).toMatchObject({ code: 64, err: expect.stringContaining('there is no command') });
    expect(await sluice(['jobs', 'show'])).toMatchObject({ code: 64, err: expect.stringMatching(/ID is missing[\s\S]*usage: sluice jobs show ID/) });
    expect(await sluice(['queues', '--wrong'])).toMatchObject({ code: 64, err: expect.stringContaining('--wrong') });
    expect((await sluice(['help'])).out).toMatch(/jobs cancel[\s\S]*migrate[\s\S]*simulate[\s\S]*completion/);
    expect((await sluice(['jobs', 'cancel', '--help'])).out).toContain('--yes');
  });

  test('login keeps a token that nobody else can read, and logout ends it', async () => {
    expect(await sluice(['login', ADMIN.name], { input: 'wrong\n' })).toMatchObject({ code: 77, err: expect.stringContaining('the name or the password is wrong') });
    expect(await sluice(['login', ADMIN.name], { input: `${ADMIN.password}\n` })).toMatchObject({ code: 0, err: expect.stringContaining('signed in as ada') });
    expect((await sluice(['queues'])).code).toBe(0);
    expect((await sluice(['logout'])).code).toBe(0);
    expect((await sluice(['queues'])).code).toBe(77);
    expect((await sluice(['login', ADMIN.name], { env: { SLUICE_ADMIN_PASSWORD: ADMIN.password } })).code).toBe(0);
  });
});

describe('queues and jobs', () => {
  test('show what waits and why; a pause holds, a cancel ends', async () => {
    expect(await sluice(['pause', 'main', '--dry-run'])).toMatchObject({ code: 0, err: 'main: enabled → paused (not done)\n' });
    expect((await sluice(['pause', 'main'])).err).toBe('main: enabled → paused\n');
    const ids = [await handOver('fast'), await handOver('slow')];
    await waitFor(async () => (await asJson('queues')).data[0]?.['waiting'] === 2, { withinMs: 10_000, what: 'both wait' });
    expect((await sluice(['queues'])).out).toMatch(/CONNECTION[\s\S]*main \(paused\)\s+normal\s+test\s+2[\s\S]*The connection is paused\./);
    expect((await sluice(['jobs', 'explain', ids[0] ?? ''])).out).toContain('paused');
    expect(await asJson('jobs', 'explain', ids[1] ?? '')).toMatchObject({ connection: 'main', reason: 'paused' });
    expect((await sluice(['jobs', 'list', '--state', 'queued'])).out).toContain(ids[1]);
    expect((await asJson('jobs', 'list', '--tag', 'cli', '--limit', '1')).data).toMatchObject([{ id: ids[1] }]);
    expect((await sluice(['jobs', 'show', ids[0] ?? ''])).out).toMatch(/state\s+queued[\s\S]*paused/);
    expect((await sluice(['jobs', 'cancel', '--tag', 'cli'])).err).toBe('2 jobs would be cancelled: say --yes to do it\n');
    expect(await sluice(['jobs', 'cancel'])).toMatchObject({ code: 64 });
    expect((await sluice(['jobs', 'cancel', ids[0] ?? ''])).err).toBe('1 of 1 jobs cancelled\n');
    expect(await asJson('jobs', 'cancel', '--tag', 'cli', '--yes')).toEqual({ matched: 1, cancelled: 1, dry_run: false });
    expect(await asJson('jobs', 'show', ids[1] ?? '')).toMatchObject({ state: 'cancelled' });
    expect((await sluice(['drain', 'main'])).err).toBe('main: paused → draining\n');
    expect((await sluice(['resume', 'main'])).err).toBe('main: draining → enabled\n');
    expect(await sluice(['pause', 'nothing'])).toMatchObject({ code: 1, err: expect.stringContaining('there is no connection') });
    expect(await sluice(['jobs', 'show', 'job_none'])).toMatchObject({ code: 1, err: expect.stringContaining('404') });
    expect(await sluice(['deliveries', 'redeliver', 'whe_none', 'evt_none'])).toMatchObject({ code: 1, err: expect.stringContaining('there is no such delivery') });
  });

  test('doctor finds nothing broken, and then what is', async () => {
    await waitFor(async () => (await sluice(['doctor'])).code === 0, { withinMs: 10_000, what: 'all is well' });
    await system.apps('scheduler')[0]?.kill('SIGKILL');
    const sick = await waitFor(async () => { const ended = await sluice(['doctor']); return ended.code === 2 ? ended : undefined; }, { withinMs: 20_000, what: 'the scheduler is missed' });
    expect(sick.out.split('\n')[0]).toMatch(/^BROKEN/);
    await system.start('scheduler');
    await waitFor(async () => (await sluice(['doctor'])).code === 0, { withinMs: 20_000, what: 'all is well again' });
    expect((await asJson('doctor')).data).toBeInstanceOf(Array);
  });
});

describe('keys', () => {
  test('are printed once, alone, and work until they are rotated or disabled', async () => {
    const made = await sluice(['keys', 'create', 'robot', '--resources', 'fast', '--weight', '2']);
    expect(made).toMatchObject({ code: 0, err: 'robot: created\n', out: expect.stringMatching(/^sk-sluice-\S+\n$/) });
    const ask = (key: string) => sluice(['chat', 'fast', 'hello'], { env: { SLUICE_KEY: key } });
    const first = made.out.trim();
    expect((await ask(first)).code).toBe(0);
    expect(await sluice(['keys', 'create', 'robot'])).toMatchObject({ code: 1, err: expect.stringContaining('already') });
    const second = (await sluice(['keys', 'rotate', 'robot'])).out.trim();
    expect([(await ask(first)).code, (await ask(second)).code]).toEqual([77, 0]);
    expect((await sluice(['keys', 'disable', 'robot'])).err).toBe('robot: disabled\n');
    expect((await ask(second)).code).toBe(77);
    expect((await sluice(['keys', 'enable', 'robot'])).code).toBe(0);
    expect((await sluice(['keys', 'list'])).out).toMatch(/robot\s+sk-sl…\S+\s+yes/);
    expect((await asJson('keys', 'create', 'dry', '--dry-run'))).toMatchObject({ dry_run: true, action: 'created' });
  });
});

describe('chat and batches', () => {
  test('chat prints the answer, from words or from the input', async () => {
    const told = await sluice(['chat', 'fast', 'hello', '--priority', 'urgent']);
    expect(told).toMatchObject({ code: 0, out: expect.stringMatching(/\S+\n$/), err: expect.stringMatching(/^main\/.*held \d+ ms\n$/) });
    expect((await sluice(['chat', 'fast'], { input: 'from the input' })).code).toBe(0);
    expect(await asJson('chat', 'fast', 'hello')).toMatchObject({ object: 'chat.completion' });
    expect(await sluice(['chat', 'nothing', 'hello'])).toMatchObject({ code: 1, err: expect.stringContaining('404') });
    expect(await sluice(['chat', 'fast'])).toMatchObject({ code: 64 });
  });

  test('a batch is submitted, watched and fetched', async () => {
    const file = join(home, 'lines.jsonl');
    const line = (id: string) => JSON.stringify({ custom_id: id, method: 'POST', url: '/v1/chat/completions', body: { model: 'fast', messages: [{ role: 'user', content: id }] } });
    await writeFile(file, `${line('a')}\n${line('b')}\n`);
    const submitted = await sluice(['batch', 'submit', file]);
    expect(submitted).toMatchObject({ code: 0, out: expect.stringMatching(/^batch_\S+\n$/) });
    const id = submitted.out.trim();
    expect(await sluice(['batch', 'watch', id])).toMatchObject({ code: 0, err: expect.stringMatching(/completed \[#{30}\] 2\/2\n$/) });
    const results = join(home, 'results.jsonl');
    expect((await sluice(['batch', 'fetch', id, results])).code).toBe(0);
    const lines = (await readFile(results, 'utf8')).trim().split('\n').map((each) => (JSON.parse(each) as { custom_id: string }).custom_id);
    expect(lines.sort()).toEqual(['a', 'b']);
    expect((await sluice(['batch', 'fetch', id])).out).toBe(await readFile(results, 'utf8'));
    expect(await sluice(['batch', 'submit', join(home, 'none')])).toMatchObject({ code: 64 });
    const wrong = join(home, 'wrong.jsonl');
    await writeFile(wrong, 'not json\n');
    expect(await sluice(['batch', 'submit', wrong, '--watch'])).toMatchObject({ code: 1, err: expect.stringContaining('line 1:') });
  });
});

describe('configuration', () => {
  const text = plainConfiguration.replace('capture: metadata', 'capture: none').replaceAll('${SIM_0}', '${UPSTREAM_OF_TEST}');

  test('diff tells what apply then does, with variables of this shell', async () => {
    const file = join(home, 'sluice.yaml');
    await writeFile(file, text);
    const env = { UPSTREAM_OF_TEST: system.simulators[0]?.url ?? '' };
    expect(await sluice(['diff', file])).toMatchObject({ code: 78, err: expect.stringMatching(/sluice\.yaml:\d+:\d+ connections\[0\]\.base_url: /) });
    const diff = await sluice(['diff', file], { env });
    expect(diff).toMatchObject({ code: 2, out: expect.stringContaining('~ environment default: settings') });
    expect(diff.out).toContain('- resource slow');
    expect(await sluice(['apply', file], { env })).toMatchObject({ code: 0, out: diff.out });
    expect(await sluice(['diff', file], { env })).toMatchObject({ code: 0, out: '', err: 'nothing differs\n' });
    await writeFile(file, `${text}\nunknown: true`);
    expect(await sluice(['apply', file], { env })).toMatchObject({ code: 78, err: expect.stringContaining('unknown key') });
    expect(await sluice(['apply', join(home, 'none.yaml')])).toMatchObject({ code: 78 });
  });

  test('migrate finds the database up to date', async () => {
    expect(await sluice(['migrate'])).toMatchObject({ code: 0, err: 'the database is of this release already\n' });
    expect(await asJson('migrate')).toEqual({ applied: [] });
    expect(await sluice(['migrate'], { env: { DATABASE_URL: '' } })).toMatchObject({ code: 78 });
  });

  test('completion is a script that bash understands', async () => {
    const { out } = await sluice(['completion', 'bash']);
    const bash = spawn('bash', ['-c', `${out}\n_sluice_words jobs; _sluice_words jobs cancel`], { stdio: ['ignore', 'pipe', 'inherit'] });
    let words = '';
    bash.stdout.on('data', (chunk: Buffer) => { words += chunk.toString(); });
    await new Promise((resolve) => { bash.once('close', resolve); });
    for (const word of ['list', 'show', 'explain', '--yes']) expect(words).toContain(word);
    expect(await sluice(['completion', 'fish'])).toMatchObject({ code: 64 });
  });

  test('simulate is the simulation, with its own arguments', async () => {
    const { code, out } = await sluice(['simulate', '--trace', 'synthetic:poisson', '--json']);
    expect([code, Object.keys(JSON.parse(out) as object).includes('refusals') || out.includes('refusals')]).toEqual([0, true]);
  }, 60_000);
});
