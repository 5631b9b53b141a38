/** The simulator as a process: one line when it is ready, and a quick end. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { fixturesFolder, freePort, RECORDING_HEADER, waitFor } from '../src/index.ts';
import { ask, chat } from './http.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const main = join(root, 'libs/testkit/src/simulator/main.ts');
let folder: string;
let children: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'simulator-'));
});
afterEach(() => {
  for (const child of children) child.kill('SIGKILL');
  children = [];
});
afterAll(() => rm(folder, { recursive: true }));

interface Running {
  readonly child: ChildProcess;
  readonly heard: () => { readonly out: string; readonly err: string };
}

function run(args: readonly string[]): Running {
  const started = ['--conditions=@sluice/source', '--import', 'tsx', main, ...args];
  const child = spawn(process.execPath, started, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
  children.push(child);
  const heard = { out: '', err: '' };
  child.stdout.on('data', (data: Buffer) => { heard.out += data.toString(); });
  child.stderr.on('data', (data: Buffer) => { heard.err += data.toString(); });
  return { child, heard: () => heard };
}

async function ready(running: Running): Promise<string> {
  await waitFor(
    () => running.heard().out.includes('\n') || running.child.exitCode !== null,
    { withinMs: 20_000, what: 'the simulator says that it listens' },
  );
  const [, url] = /^simulator listening on (http:\/\/127\.0\.0\.1:\d+\/v1)\n$/.exec(running.heard().out) ?? [];
  return url ?? `not ready: ${running.heard().err}`;
}

test('listens where it is told, does what its files say, and ends at a signal with a call open', async () => {
  const script = join(folder, 'script.json');
  await writeFile(script, JSON.stringify([{ when: { fromCall: 2 }, fault: { kind: 'hang' } }]));
  const port = await freePort();
  const running = run([
    '--port', String(port), '--limits', 'requests=9/60s', '--latency', '0', '--script', script, '--replay', fixturesFolder(),
  ]);
  const url = await ready(running);
  expect(url).toBe(`http://127.0.0.1:${port}/v1`);
  expect((await ask(url, chat()).answer).headers['x-ratelimit-limit-requests']).toBe('9');
  const replayed = await ask(url, chat(), { [RECORDING_HEADER]: 'chat/plain' }).answer;
  expect(JSON.parse(replayed.body)).toMatchObject({ id: 'chatcmpl-fixture001' });
  const hanging = ask(url, chat()).answer.catch(() => 'gone');
  const open = async (): Promise<number> => (await (await fetch(url.replace('/v1', '/oracle'))).json() as { open: number }).open;
  await waitFor(async () => await open() === 1, { withinMs: 2_000, what: 'the call hangs' });
  const from = performance.now();
  running.child.kill('SIGTERM');
  expect(await once(running.child, 'exit')).toEqual([0, null]);
  expect(performance.now() - from).toBeLessThan(2_000);
  expect(await hanging).toBe('gone');
});

test.each([
  [['--limits', 'nonsense'], 'limit "nonsense"'],
  [['--surprise'], '--surprise'],
  [['--script', '/nowhere.json'], '--script /nowhere.json'],
  [['--replay', '/nowhere'], '--replay'],
])('wrong use %j is one line, and exit 2', async (args, message) => {
  const { child, heard } = run(args);
  expect((await once(child, 'exit'))[0]).toBe(2);
  expect(heard().err.trim().split('\n')).toHaveLength(1);
  expect(heard().err).toContain(message);
  expect(heard().out).toBe('');
});

test('a port that is taken ends it with 1', async () => {
  const taken = createServer().listen(0, '127.0.0.1');
  await once(taken, 'listening');
  const address = taken.address();
  const port = typeof address === 'object' && address ? address.port : 0;
  const { child, heard } = run(['--port', String(port)]);
  expect((await once(child, 'exit'))[0]).toBe(1);
  expect(heard().err).toContain('EADDRINUSE');
  taken.close();
});
