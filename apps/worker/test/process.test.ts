/** The worker as a process of its own: settings, health, what it makes of a job, and how it ends. */
import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { newJobId } from '@sluice/domain';
import { parseConfigurationFile } from '@sluice/domain/configuration-file';
import { openDoor, openQueue } from '@sluice/queue';
import { parseMasterKey } from '@sluice/store';
import { freePort, startSimulator, waitFor, type Simulator } from '@sluice/testkit';
import { afterAll, afterEach, beforeAll, describe, expect, inject, test } from 'vitest';
import { openDatabase, type Database } from './database.ts';
import { exampleJob } from './examples.ts';
import { startGranter } from './harness.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));
const MASTER_KEY = Buffer.alloc(32, 7).toString('base64');
const SECRET = 'sk-planted-process-77aa';
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

interface Started {
  readonly child: ChildProcess;
  readonly output: () => string;
  readonly exit: Promise<number | null>;
}

const children: ChildProcess[] = [];
function start(env: Record<string, string>): Started {
  const child = fork(MAIN, [], {
    execArgv: ['--conditions=@sluice/source', '--import', 'tsx'], stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  children.push(child);
  let output = '';
  child.stdout?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (output += chunk.toString()));
  return { child, output: () => output, exit: once(child, 'exit').then(([code]) => code as number | null) };
}
afterEach(() => {
  for (const child of children.splice(0)) if (child.exitCode === null) child.kill('SIGKILL');
});

test('wrong settings are told all at once, and the exit code says so', async () => {
  const { output, exit } = start({ REDIS_URL: 'x', LOG_LEVEL: 'loud' });
  expect(await exit).toBe(78);
  for (const name of ['REDIS_URL', 'DATABASE_URL', 'SLUICE_MASTER_KEY', 'LOG_LEVEL']) expect(output()).toContain(name);
  const nowhere = start({ REDIS_URL: 'redis://x', DATABASE_URL: 'postgres://x', SLUICE_MASTER_KEY: MASTER_KEY, SLUICE_CRASH_POINT: 'nowhere' });
  expect(await nowhere.exit).toBe(78);
  expect(nowhere.output()).toContain('nowhere');
});

describe('on its stores', () => {
  let database: Database;
  let simulator: Simulator;
  let env: Record<string, string>;
  beforeAll(async () => {
    simulator = await startSimulator({ limits: [], latencyMs: 5 });
    database = await openDatabase();
    const parsed = parseConfigurationFile(
      `version: 1\nconnections:\n  - { name: main, provider: openai, base_url: "${simulator.url}", credentials: { api_key: ${SECRET} } }\n`
      + 'resources:\n  - { name: fast, routes: [{ connection: main, model: m1 }] }\n', {},
    );
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
    await database.store.reconcile(parsed.file, { masterKey: parseMasterKey(MASTER_KEY), actor: 'file:test' });
    // Keys of a database of their own: the process has the default prefix.
    const redisUrl = `${inject('redisUrl').replace(/\/\d*$/, '')}/9`;
    env = { REDIS_URL: redisUrl, DATABASE_URL: database.url, SLUICE_MASTER_KEY: MASTER_KEY, LOG_LEVEL: 'debug' };
  });
  afterAll(async () => {
    await simulator.stop();
    await database.drop();
  });

  const connectionId = async (): Promise<string> =>
    (await database.store.readSnapshot()).environments[0]?.connections[0]?.id ?? '';
  const isReady = (worker: Started) =>
    waitFor(() => worker.output().includes('worker is ready'), { withinMs: 15_000, what: `the worker takes work: ${worker.output()}` });

  test('it is healthy, makes an attempt, audits and measures it, and ends on SIGTERM', async () => {
    const port = await freePort();
    const worker = start({ ...env, SLUICE_HEALTH_PORT: String(port), SLUICE_SUPERVISED: '1' });
    const url = (path: string) => `http://127.0.0.1:${port}${path}`;
    const isHealthy = async () => (await fetch(url('/readyz')).catch(() => undefined))?.ok;
    await waitFor(isHealthy, { withinMs: 15_000, what: `the worker is ready: ${worker.output()}` });
    expect((await fetch(url('/healthz'))).status).toBe(200);
    await waitFor(() => worker.output().includes('worker is ready'), { withinMs: 10_000, what: 'the worker takes work' });

    const { state, body } = await oneJob(env['REDIS_URL'] ?? '', await connectionId());
    expect(state).toBe('completed');
    expect(body).toContain('chat.completion');
    const audited = () => database.query<{ outcome: string }>('select outcome from audit_attempt');
    await waitFor(async () => (await audited()).length > 0, { withinMs: 5_000, what: 'the audit' });
    expect(await audited()).toEqual([{ outcome: 'completed' }]);
    await waitFor(async () => (await database.query('select 1 from metric_attempt')).length > 0, { withinMs: 5_000, what: 'the metrics' });

    const metrics = await (await fetch(url('/metrics'))).text();
    expect(metrics).toMatch(/sluice_attempts_total\{.*outcome="completed".*\} 1/);
    worker.child.kill('SIGTERM');
    expect(await worker.exit).toBe(0);
    expect(worker.output()).not.toContain(SECRET);
    expect(worker.output()).toContain('attempt ended');
  });

  test('killed just after it sent, another finds its attempt lost and makes it again', async () => {
    const before = simulator.calls().length;
    const doomed = start({ ...env, SLUICE_CRASH_POINT: 'send:sent/SIGKILL' });
    await isReady(doomed);
    const asking = oneJob(env['REDIS_URL'] ?? '', await connectionId());
    await doomed.exit;
    await isReady(start(env));
    expect(await asking).toMatchObject({ state: 'completed', attempts: 2 });
    expect(simulator.calls().length - before).toBe(2);
  }, 60_000);

  test('stopped just before it sends and continued when its permit has run out, it sends nothing', async () => {
    const before = simulator.calls().length;
    const stopped = start({ ...env, SLUICE_CRASH_POINT: 'send:before/SIGSTOP' });
    await isReady(stopped);
    const asking = oneJob(env['REDIS_URL'] ?? '', await connectionId(), 2_000);
    await isReady(start(env));
    expect(await asking).toMatchObject({ state: 'completed', attempts: 2 });
    stopped.child.kill('SIGCONT');
    await waitFor(() => stopped.output().includes('fenced off'), { withinMs: 10_000, what: 'its late end is refused' });
    expect(simulator.calls().length - before).toBe(1);
  }, 60_000);

  test('it ends when the process that started it is gone', async () => {
    const worker = start({ ...env, SLUICE_SUPERVISED: '1' });
    await waitFor(() => worker.output().includes('worker is ready'), { withinMs: 15_000, what: 'the worker takes work' });
    worker.child.disconnect();
    expect(await worker.exit).toBe(0);
  });
});

interface Asked {
  readonly state: string;
  readonly attempts: number;
  readonly body: string;
}

/** Submits a job, grants its attempts as a scheduler would, and resolves with its end. */
async function oneJob(redisUrl: string, connection: string, sendWithinMs = 10_000): Promise<Asked> {
  const queue = await openQueue({ url: redisUrl, log: quiet });
  const door = await openDoor(queue, { ingress: 'in', onFrames: () => undefined, onLost: () => undefined });
  const granter = await startGranter(queue, [connection], sendWithinMs);
  try {
    const at = Math.ceil(queue.now());
    const job = exampleJob({
      id: newJobId(at), stream: false, createdAt: at, startBy: at + 60_000, deadline: at + 60_000,
      routes: [{ connection, name: 'main', provider: 'openai', model: 'm1' }],
    });
    await door.submit(job, Buffer.from('{"model":"fast","messages":[{"role":"user","content":"hello"}]}'));
    const frames = await waitFor(async () => {
      const found = await door.framesAfter(job.id, 0);
      return found.at(-1)?.kind === 'end' ? found : undefined;
    }, { withinMs: 25_000, what: 'the end of the job', everyMs: 50 });
    const end = JSON.parse(String(frames.at(-1)?.data)) as { state: string; attempts: number };
    return { ...end, body: frames.filter(({ kind }) => kind === 'data').map(({ data }) => String(data)).join('') };
  } finally {
    for (const part of [granter, door, queue]) await part.stop();
  }
}
