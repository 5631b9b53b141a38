import { mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { isAlive } from '../src/processes/leftover.ts';
import { waitUntil } from '../src/processes/wait-until.ts';
import {
  type Installation,
  READY,
  cleanUp,
  familyOf,
  freshHome,
  install,
  isListening,
  memberOf,
  pasteCurl,
  portsOf,
} from './installation.ts';

afterEach(cleanUp);

const gone = (family: readonly number[], forMs: number) => waitUntil(() => !family.some(isAlive), { forMs, everyMs: 100 });
const answers = (installation: Installation) =>
  waitUntil(
    () => {
      try {
        return pasteCurl(installation).includes('"choices"');
      } catch {
        return false; // refused while something starts again: asked again until the time is up
      }
    },
    { forMs: 20_000, everyMs: 200 },
  );

describe('npm start', { timeout: 120_000 }, () => {
  test('in a fresh home it becomes ready, its curl answers, and SIGTERM leaves no process and no port', async () => {
    const installation = await install({ command: ['npm', 'start'] });
    await installation.printed(READY, 90_000);
    expect(pasteCurl(installation)).toContain('"choices"');

    const family = familyOf(installation.pid);
    const ports = portsOf(installation);
    expect(family.length).toBeGreaterThan(7);
    expect(ports).toHaveLength(3);
    installation.signal('SIGTERM');
    expect(await installation.ended).toBe(0);
    // npm itself is the last of them.
    expect(await gone(family, 2_000)).toBe(true);
    expect(await Promise.all(ports.map(isListening))).toEqual([false, false, false]);
  });

  test('the second start of a home finds the database as it was', async () => {
    const home = freshHome();
    const first = await install({ home });
    await first.printed('migrations applied');
    await first.printed(READY);
    first.signal('SIGTERM');
    expect(await first.ended).toBe(0);

    const second = await install({ home });
    await second.printed(READY);
    expect(second.output()).not.toContain('migrations applied');
    expect(pasteCurl(second)).toContain('"choices"');
  });

  test('two homes run side by side, and stopping one leaves the other alone', async () => {
    const [one, other] = [await install(), await install()];
    await Promise.all([one.printed(READY), other.printed(READY)]);
    expect(new Set([...portsOf(one), ...portsOf(other)]).size).toBe(6);
    one.signal('SIGINT');
    expect(await one.ended).toBe(0);
    expect(pasteCurl(other)).toContain('"choices"');
  });

  test('a home that is in use is refused with the process that uses it', async () => {
    const first = await install();
    await first.printed(READY);
    const second = await install({ home: first.home });
    expect(await second.ended).toBe(1);
    expect(second.output()).toContain(`is in use by process ${first.pid}`);
    expect(pasteCurl(first)).toContain('"choices"');
  });

  test('whichever child is killed is started again, and calls are answered', async () => {
    const installation = await install();
    await installation.printed(READY);
    for (const name of ['apps/ingress', 'apps/scheduler', 'apps/worker', 'redis-server', 'bin/postgres']) {
      const pid = memberOf(installation.pid, name);
      process.kill(pid, 'SIGKILL');
      await installation.printed(
        `${(name.split('/').at(-1) ?? '').replace('-server', '')} died (killed by SIGKILL); starting it again`,
      );
      expect(await answers(installation), name).toBe(true);
      expect(isAlive(pid), name).toBe(false);
    }
  });

  test('when the npm that started it is killed, it stops', async () => {
    const installation = await install({ command: ['npm', 'start'] });
    await installation.printed(READY, 90_000);
    const family = familyOf(installation.pid);
    installation.signal('SIGKILL');
    expect(await gone(family, 20_000)).toBe(true);
  });

  test('killed without a word, it leaves no process behind', async () => {
    const installation = await install();
    await installation.printed(READY);
    const family = familyOf(installation.pid);
    const ports = portsOf(installation);
    installation.signal('SIGKILL');
    await installation.ended;
    expect(await gone(family, 30_000)).toBe(true);
    expect(await Promise.all(ports.map(isListening))).toEqual([false, false, false]);

    const next = await install({ home: installation.home });
    await next.printed(READY);
    expect(pasteCurl(next)).toContain('"choices"');
  });
});

describe('what is wrong is told before anything starts:', { timeout: 30_000 }, () => {
  let folder: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-wrong-'));
    return () => rmSync(folder, { recursive: true, force: true });
  });

  test('a broken sluice.yaml, by line and column, all of it, with exit code 78', async () => {
    const file = join(folder, 'sluice.yaml');
    writeFileSync(
      file,
      'version: 1\nconnections:\n  - name: main\n    provider: nobody\nresources:\n' +
        '  - { name: fast, routes: [{ connection: other, model: m }] }\n',
    );
    const home = freshHome();
    const installation = await install({ home, env: { SLUICE_CONFIG: file } });
    expect(await installation.ended).toBe(78);
    expect(installation.output()).toMatch(new RegExp(`${file}:4:\\d+ connections\\[0\\]\\.provider: `));
    expect(installation.output()).toMatch(new RegExp(`${file}:6:\\d+ resources\\[0\\]\\.routes\\[0\\]\\.connection: `));
    expect(readdirSync(home)).toEqual([]);
  });

  test('wrong variables, each in one line, with exit code 78', async () => {
    const home = freshHome();
    const env = {
      PORT: 'http',
      DATABASE_URL: 'mysql://root:hunter2@localhost',
      LOG_LEVEL: 'loud',
      SLUICE_CONFIG: join(folder, 'nowhere.yaml'),
    };
    const installation = await install({ home, env });
    expect(await installation.ended).toBe(78);
    for (const name of [...Object.keys(env), 'SLUICE_MASTER_KEY']) {
      expect(installation.output().match(new RegExp(`^sluice: ${name} .*$`, 'gm')), name).toHaveLength(1);
    }
    expect(installation.output()).not.toContain('hunter2');
    expect(readdirSync(home)).toEqual([]);
  });

  test('a port that is taken, in one line', async () => {
    const server = createServer();
    const port = await new Promise<number>((resolve) =>
      server.listen(0, '127.0.0.1', () => resolve((server.address() as { port: number }).port)),
    ); // listening on TCP
    const installation = await install({ port });
    expect(await installation.ended).toBe(1);
    expect(installation.output()).toBe(
      `sluice: port ${port} of 127.0.0.1 is taken: free it, or set PORT (and HOST) to another\n`,
    );
    server.close();
  });
});

test('a home behind a folder closed to others works, and its logs hold no key', { timeout: 120_000 }, async () => {
  // mkdtemp makes it 0700: the user that Postgres runs as, where we are root, cannot reach into it.
  const home = join(freshHome(), 'inside');
  mkdirSync(home);
  const installation = await install({ home });
  await installation.printed(READY);
  expect(pasteCurl(installation)).toContain('"choices"');
  installation.signal('SIGTERM');
  expect(await installation.ended).toBe(0);
  const logs = readdirSync(join(home, 'logs'))
    .map((name) => readFileSync(join(home, 'logs', name), 'utf8'))
    .join('\n');
  expect(logs).toContain('ingress');
  for (const name of readdirSync(join(home, 'secrets')))
    expect(logs).not.toContain(readFileSync(join(home, 'secrets', name), 'utf8'));
  expect(logs).not.toMatch(/sk-sluice-demo|sk-simulator/);
});
