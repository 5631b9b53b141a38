import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { afterEach, describe, expect, test } from 'vitest';
import { type KeptProcess, type ProcessSpec, keepRunning } from '../src/processes/kept-process.ts';
import { isAlive, stopLeftover } from '../src/processes/leftover.ts';
import { type Sentinel, startSentinel } from '../src/processes/sentinel.ts';
import { waitUntil } from '../src/processes/wait-until.ts';
import { root } from './installation.ts';

const FOREVER = 'setInterval(() => {}, 1000)';
const closing: (() => Promise<unknown> | void)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function sentinelOf(): Sentinel {
  const sentinel = startSentinel();
  closing.push(() => sentinel.dismiss());
  return sentinel;
}

function keep(script: string, said: string[], more: Partial<ProcessSpec> = {}): KeptProcess {
  const lines = (line: string) => void said.push(line);
  const spec: ProcessSpec = {
    name: 'child',
    command: process.execPath,
    args: ['-e', script],
    env: process.env,
    order: 'app',
    stopSignal: 'SIGTERM',
    onLine: lines,
    ...more,
  };
  const kept = keepRunning(spec, { sentinel: sentinelOf(), say: lines });
  closing.push(() => kept.stop(0));
  return kept;
}

const untilSaid = async (said: readonly string[], text: string) => {
  if (!(await waitUntil(() => said.some((line) => line.includes(text)), { forMs: 10_000 })))
    throw new Error(`never said "${text}": ${said.join('\n')}`);
};

describe('a child that is kept running', () => {
  test('is started again each time it dies, with a line that says how it died', async () => {
    const said: string[] = [];
    keep('console.log("life " + process.pid); process.exit(3)', said);
    await untilSaid(said, 'life');
    expect(
      await waitUntil(() => said.filter((line) => line === 'child died (exit code 3); starting it again').length >= 2, {
        forMs: 10_000,
      }),
    ).toBe(true);
    expect(new Set(said.filter((line) => line.startsWith('life'))).size).toBeGreaterThanOrEqual(2);
  });

  test('a program that is not there is told, and tried again', async () => {
    const said: string[] = [];
    keep('', said, { command: '/nowhere/at/all' });
    await untilSaid(said, 'ENOENT');
    await untilSaid(said, 'child died');
  });

  test('ends in its own way within the grace, and is killed after it', async () => {
    const said: string[] = [];
    const polite = keep(
      `process.once('SIGTERM', () => { console.log('bye'); process.exit(0) }); console.log('up'); ${FOREVER}`,
      said,
    );
    await untilSaid(said, 'up');
    await polite.stop(10_000);
    expect(polite.lastExit()).toEqual({ code: 0, signal: null });

    const stubborn = keep(`process.on('SIGTERM', () => {}); console.log('deaf'); ${FOREVER}`, said);
    await untilSaid(said, 'deaf');
    await stubborn.stop(50);
    expect(stubborn.lastExit()).toEqual({ code: null, signal: 'SIGKILL' });
  });

  test('does not wait for the grace when it is hurried', async () => {
    const said: string[] = [];
    const stubborn = keep(`process.on('SIGTERM', () => {}); console.log('deaf'); ${FOREVER}`, said);
    await untilSaid(said, 'deaf');
    const hurry = new AbortController();
    const stopped = stubborn.stop(60_000, hurry.signal);
    hurry.abort();
    await stopped;
    expect(stubborn.lastExit()?.signal).toBe('SIGKILL');
  });

  test('is not started again once it was stopped while waiting for its next start', async () => {
    const said: string[] = [];
    const kept = keep('process.exit(1)', said);
    await untilSaid(said, 'child died');
    await kept.stop(1_000);
    const starts = said.length;
    await waitUntil(() => said.length > starts, { forMs: 700 });
    expect(said).toHaveLength(starts);
    expect(kept.pid()).toBeUndefined();
  });

  test('a restart gives it a new life without calling it a death', async () => {
    const said: string[] = [];
    const kept = keep(`console.log('life ' + process.pid); ${FOREVER}`, said);
    await untilSaid(said, 'life');
    kept.restart();
    expect(await waitUntil(() => said.filter((line) => line.startsWith('life')).length === 2, { forMs: 10_000 })).toBe(true);
    expect(said.join()).not.toContain('died');
  });

  test('of our own can say that it is ready, and loses its channel with us', async () => {
    const said: string[] = [];
    const kept = keep(`process.send({ kind: 'ready' }); console.log(process.env.SLUICE_SUPERVISED); ${FOREVER}`, said, {
      linked: true,
    });
    expect(await waitUntil(() => kept.isReady(), { forMs: 10_000 })).toBe(true);
    await untilSaid(said, '1');
  });
});

describe('the sentinel', () => {
  /** A parent that starts children under a sentinel, prints their ids, and waits to be killed. */
  const parent = (scripts: readonly string[]) => `
    import { keepRunning } from '${root}/tools/src/processes/kept-process.ts';
    import { startSentinel } from '${root}/tools/src/processes/sentinel.ts';
    const sentinel = startSentinel();
    const say = (line) => console.log(line);
    for (const [index, script] of ${JSON.stringify(scripts)}.entries()) {
      const kept = keepRunning({ name: 'c' + index, command: process.execPath, args: ['-e', script], env: process.env,
        order: index === 0 ? 'app' : 'store', stopSignal: 'SIGTERM',
        onLine: (line) => say(line + ' ' + index + ' ' + kept.pid()) }, { sentinel, say });
    }`;

  async function familyOfParent(
    scripts: readonly string[],
  ): Promise<{ readonly kill: () => void; readonly pids: readonly number[] }> {
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', parent(scripts)], {
      cwd: root,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    closing.push(() => void child.kill('SIGKILL'));
    let output = '';
    child.stdout.on('data', (data: Buffer) => (output += data.toString()));
    const pids = () =>
      scripts.flatMap((_, index) => [...output.matchAll(new RegExp(`^up ${index} (\\d+)$`, 'gm'))].map(([, pid]) => Number(pid)));
    expect(await waitUntil(() => pids().length === scripts.length, { forMs: 20_000 })).toBe(true);
    return { kill: () => void child.kill('SIGKILL'), pids: pids() };
  }

  const UP = `console.log('up'); ${FOREVER};`;

  test('stops the children of a parent that was killed', async () => {
    const { kill, pids } = await familyOfParent([UP, UP]);
    kill();
    expect(await waitUntil(() => !pids.some(isAlive), { forMs: 10_000 })).toBe(true);
  });

  test('lets stores live until the apps have ended', async () => {
    // The app takes a second to end; its store must outlive that.
    const slow = `process.on('SIGTERM', () => setTimeout(() => process.exit(), 1000)); ${UP}`;
    const { kill, pids } = await familyOfParent([slow, UP]);
    const [app = 0, store = 0] = pids;
    kill();
    expect(await waitUntil(() => !isAlive(app), { forMs: 10_000, everyMs: 10, unless: () => !isAlive(store) })).toBe(true);
    expect(await waitUntil(() => !isAlive(store), { forMs: 10_000 })).toBe(true);
  });

  test('when it is dismissed, touches nothing', async () => {
    const sentinel = startSentinel();
    const child = spawn(process.execPath, ['-e', FOREVER], { stdio: 'ignore' });
    closing.push(() => void child.kill('SIGKILL'));
    await once(child, 'spawn');
    sentinel.watch(child.pid ?? 0, 'app', 'SIGKILL');
    await sentinel.dismiss();
    expect(child.exitCode ?? child.signalCode).toBeNull();
  });
});

test('a leftover is stopped only when its command line is the one we started', async () => {
  const child = spawn(process.execPath, ['-e', FOREVER, 'of-an-earlier-run'], { stdio: 'ignore' });
  closing.push(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  const ended = once(child, 'exit');
  const pid = child.pid ?? 0;
  expect(await stopLeftover(pid, (args) => args.includes('of-another-run'), 'SIGTERM')).toBe(false);
  expect(isAlive(pid)).toBe(true);
  expect(await stopLeftover(pid, (args) => args.includes('of-an-earlier-run'), 'SIGTERM')).toBe(true);
  await ended;
});
