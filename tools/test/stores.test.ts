import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, inject, test } from 'vitest';
import { openHome } from '../src/home.ts';
import { logFiles } from '../src/log-files.ts';
import { isAlive } from '../src/processes/leftover.ts';
import { type Sentinel, startSentinel } from '../src/processes/sentinel.ts';
import { waitUntil } from '../src/processes/wait-until.ts';
import { runningPid } from '../src/stores/postgres-place.ts';
import { type Store, type StoreContext, findOrStartPostgres, findOrStartQuestdb, findOrStartRedis } from '../src/stores/index.ts';
import { openStore } from '@sluice/store';

let folder: string;
let sentinel: Sentinel;
const stores: Store[] = [];

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-stores-'));
  chmodSync(folder, 0o711);
  sentinel = startSentinel();
});
afterEach(async () => {
  for (const store of stores.splice(0)) await store.stop();
  await sentinel.dismiss();
  rmSync(folder, { recursive: true, force: true });
});

const said: string[] = [];

/** The context of one `npm start` with that home. */
function contextOf(home: string, env: NodeJS.ProcessEnv = {}): StoreContext {
  mkdirSync(home, { recursive: true });
  rmSync(join(home, 'running'), { force: true });
  const open = openHome(home);
  const path = { PATH: process.env['PATH'], HOME: process.env['HOME'] };
  return {
    env: { ...path, ...env },
    home: open,
    sentinel,
    say: (line) => void said.push(line),
    durable: false,
    logTo: logFiles(open.folder('logs')),
  };
}

async function started(store: Promise<Store>): Promise<Store> {
  stores.push(await store);
  return store;
}

/** Speaks to Redis by hand, because its driver belongs to libs/queue; the whole reply as text. */
function redis(url: string, ...commands: readonly string[]): Promise<string> {
  const { hostname, port, password } = new URL(url);
  return new Promise((resolve, reject) => {
    let answer = '';
    const socket = connect(Number(port), hostname, () => socket.end([`AUTH ${password}`, ...commands, 'QUIT', ''].join('\r\n')));
    socket.on('data', (data) => (answer += data.toString()));
    socket.once('close', () => resolve(answer));
    socket.once('error', reject);
  });
}

async function postgresAnswers(url: string): Promise<boolean> {
  const log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
  const store = await openStore({ url, log, poolSize: 1 });
  await store.stop();
  return true;
}

describe('Redis', () => {
  test('is found by REDIS_URL, and its password is not shown', async () => {
    const store = await findOrStartRedis(contextOf(folder, { REDIS_URL: 'redis://user:hunter2@127.0.0.1:6379' }));
    expect(store).toMatchObject({
      url: 'redis://user:hunter2@127.0.0.1:6379',
      how: 'Redis of REDIS_URL (redis://user:***@127.0.0.1:6379)',
    });
  });

  test('is started with an append-only file and a bound on memory, on loopback alone, behind a password', async () => {
    const { url } = await started(findOrStartRedis(contextOf(folder)));
    const settings = await redis(
      url,
      ...['appendonly', 'appendfsync', 'save', 'maxmemory', 'maxmemory-policy', 'bind', 'dir'].map(
        (name) => `CONFIG GET ${name}`,
      ),
    );
    for (const value of [
      'appendonly\r\n$3\r\nyes',
      'everysec',
      'save\r\n$0\r\n',
      '2147483648',
      'noeviction',
      'bind\r\n$9\r\n127.0.0.1',
      join(folder, 'redis'),
    ]) {
      expect(settings).toContain(value);
    }
    const locked = new URL(url);
    locked.password = 'wrong';
    expect(await redis(locked.href, 'PING')).toMatch(/NOAUTH/);
    expect(statSync(join(folder, 'redis', 'redis.conf')).mode & 0o077).toBe(0);
  });

  test('keeps its data from one run to the next', async () => {
    const first = await findOrStartRedis(contextOf(folder));
    await redis(first.url, 'SET kept yes');
    await first.stop();
    const { url } = await started(findOrStartRedis(contextOf(folder)));
    expect(await redis(url, 'GET kept')).toContain('yes');
  });

  test('killed, is started again at the same address with its data', async () => {
    const { url } = await started(findOrStartRedis(contextOf(folder)));
    await redis(url, 'CONFIG SET appendfsync always', 'SET kept yes');
    process.kill(Number(readFileSync(join(folder, 'redis', 'redis.pid'), 'utf8')), 'SIGKILL');
    expect(
      await waitUntil(
        () =>
          redis(url, 'GET kept').then(
            (answer) => answer.includes('yes'),
            () => false,
          ),
        { forMs: 10_000 },
      ),
    ).toBe(true);
    expect(said).toContain('redis died (killed by SIGKILL); starting it again');
  });

  test('left by a killed run, is stopped before its files are used again', async () => {
    const home = contextOf(folder);
    const files = home.home.folder('redis');
    writeFileSync(
      join(files, 'redis.conf'),
      `port 0\nbind 127.0.0.1\ndir "${files}"\npidfile "${files}/redis.pid"\nappendonly yes\n`,
    );
    const leftover = spawn('redis-server', [join(files, 'redis.conf'), '--port', '17391'], { stdio: 'ignore' });
    expect(await waitUntil(() => existsSync(join(files, 'redis.pid')), { forMs: 5_000 })).toBe(true);
    writeFileSync(join(files, 'redis.conf'), readFileSync(join(files, 'redis.conf'), 'utf8').replace('port 0', 'port 17391'));
    await started(findOrStartRedis(home));
    expect(leftover.exitCode ?? leftover.signalCode).not.toBeNull();
  });

  test('that cannot be had is one line on what to do', async () => {
    await expect(findOrStartRedis(contextOf(folder, { PATH: folder }))).rejects.toThrow(
      /^no Redis: install redis-server or valkey-server .*or set REDIS_URL$/,
    );
  });

  test('of a container engine runs as us, in the home, on loopback alone', async () => {
    // An engine cannot be had wherever tests run: this one writes down what it was asked and runs the server itself.
    const engine = join(folder, 'docker');
    const server = spawnSync('/bin/sh', ['-c', 'command -v redis-server'], { encoding: 'utf8' }).stdout.trim();
    writeFileSync(
      engine,
      `#!/bin/sh
[ "$1" = version ] && exit 0
echo "$@" > ${folder}/asked
PATH=/usr/bin:/bin sed 's|bind 0.0.0.0|bind 127.0.0.1|; s|"/data|"${folder}/redis|' \\
  ${folder}/redis/redis.conf > ${folder}/seen.conf
exec ${server} ${folder}/seen.conf
`,
      { mode: 0o755 },
    );
    const store = await started(
      findOrStartRedis(contextOf(folder, { PATH: `${folder}:/usr/local/empty` })).catch((error: unknown) => {
        throw new Error(readFileSync(join(folder, 'logs', 'redis.log'), 'utf8'), { cause: error });
      }),
    );
    const { port } = new URL(store.url);
    expect(store.how).toContain('started with docker');
    expect(readFileSync(join(folder, 'asked'), 'utf8')).toMatch(
      new RegExp(
        `^run --rm --init --publish 127.0.0.1:${port}:${port} --volume ${folder}/redis:/data ` +
          `--user \\d+:\\d+ --entrypoint redis-server redis:[\\w.-]+ /data/redis.conf$`,
        'm',
      ),
    );
  });
});

describe('Postgres', () => {
  test('is found by DATABASE_URL', async () => {
    const store = await findOrStartPostgres(contextOf(folder, { DATABASE_URL: 'postgres://u:hunter2@h/d' }));
    expect(store).toMatchObject({ url: 'postgres://u:hunter2@h/d', how: 'Postgres of DATABASE_URL (postgres://u:***@h/d)' });
  });

  test('is set up and started behind a password, and a second run finds the same database', async () => {
    const first = await findOrStartPostgres(contextOf(folder));
    expect(await postgresAnswers(first.url)).toBe(true);
    const locked = new URL(first.url);
    locked.password = 'wrong';
    await expect(postgresAnswers(locked.href)).rejects.toThrow(/password authentication failed/);
    await first.stop();
    const made = statSync(join(folder, 'postgres', 'PG_VERSION')).mtimeMs;
    const { url } = await started(findOrStartPostgres(contextOf(folder)));
    expect(await postgresAnswers(url)).toBe(true);
    expect(statSync(join(folder, 'postgres', 'PG_VERSION')).mtimeMs).toBe(made);
  });

  test('killed, is started again at the same address', async () => {
    const { url } = await started(findOrStartPostgres(contextOf(folder)));
    process.kill(runningPid(join(folder, 'postgres')) ?? 0, 'SIGKILL');
    expect(await waitUntil(() => said.includes('postgres died (killed by SIGKILL); starting it again'), { forMs: 5_000 })).toBe(
      true,
    );
    expect(await waitUntil(() => postgresAnswers(url).catch(() => false), { forMs: 15_000, everyMs: 100 })).toBe(true);
  });

  test('left running by a killed run, is stopped before the next one starts', async () => {
    const first = await started(findOrStartPostgres(contextOf(folder)));
    const pid = runningPid(join(folder, 'postgres')) ?? 0;
    const second = await started(findOrStartPostgres(contextOf(folder)));
    expect(second.url).not.toBe(first.url);
    expect(await postgresAnswers(second.url)).toBe(true);
    expect(isAlive(pid)).toBe(false);
    await first.stop();
  });

  test('a stale file that names a living stranger does not keep it from starting, nor harm the stranger', async () => {
    await (await findOrStartPostgres(contextOf(folder))).stop();
    const stranger = spawn('sleep', ['60'], { stdio: 'ignore' });
    writeFileSync(
      join(folder, 'postgres', 'postmaster.pid'),
      `${stranger.pid}\n${join(folder, 'postgres')}\n0\n1\n\n127.0.0.1\n`,
    );
    const { url } = await started(findOrStartPostgres(contextOf(folder)));
    expect(await postgresAnswers(url)).toBe(true);
    expect(stranger.exitCode ?? stranger.signalCode).toBeNull();
    stranger.kill();
  });

  test('a setting-up cut short is begun anew', async () => {
    mkdirSync(join(folder, 'postgres.making', 'data'), { recursive: true });
    writeFileSync(join(folder, 'postgres.making', 'data', 'PG_VERSION'), '18\n');
    const { url } = await started(findOrStartPostgres(contextOf(folder)));
    expect(await postgresAnswers(url)).toBe(true);
  });

  test.runIf(process.getuid?.() === 0)(
    'a home that another user cannot reach has its data outside, swept when the home is gone',
    async () => {
      const closed = join(folder, 'closed');
      mkdirSync(closed, { mode: 0o700 });
      const home = join(closed, 'home');
      const first = await findOrStartPostgres(contextOf(home));
      expect(await postgresAnswers(first.url)).toBe(true);
      await first.stop();
      const outside = readFileSync(join(home, 'postgres-is-in'), 'utf8').trim();
      expect(existsSync(join(outside, 'postgres', 'PG_VERSION'))).toBe(true);

      rmSync(home, { recursive: true });
      await started(findOrStartPostgres(contextOf(join(folder, 'another'))));
      expect(existsSync(outside)).toBe(false);
    },
  );
});

describe('QuestDB', () => {
  test('is found by QUESTDB_URL', async () => {
    expect(await findOrStartQuestdb(contextOf(folder, { QUESTDB_URL: 'http://q:9000' }))).toMatchObject({ url: 'http://q:9000' });
  });

  test('answers where the tests are told it is', async (context) => {
    const url = inject('questdbUrl');
    if (url === null) return context.skip(inject('missingStores').join('; '));
    const { origin, searchParams } = new URL(url);
    const answer = await fetch(`${origin}/exec?query=${encodeURIComponent('select 40 + 2 as sum')}`);
    expect(await answer.json()).toMatchObject({ dataset: [[42]] });
    expect(Number(searchParams.get('pg'))).toBeGreaterThan(0);
  });

  test('without Java is one line on what to do', async () => {
    await expect(findOrStartQuestdb(contextOf(folder, { PATH: folder, JAVA_HOME: '' }))).rejects.toThrow(
      /^QuestDB needs Java 17 or newer/,
    );
  });
});
