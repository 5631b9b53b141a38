/**
 * Postgres for one home: `DATABASE_URL`, else the real server from npm, on a free port of 127.0.0.1, behind a password.
 * Its first start makes the data directory and the database.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '../processes/free-port.ts';
import type { KeptProcess } from '../processes/kept-process.ts';
import { keepRunning } from '../processes/kept-process.ts';
import { isAlive, stopLeftover } from '../processes/leftover.ts';
import { waitUntil } from '../processes/wait-until.ts';
import type { PostgresPlace } from './postgres-place.ts';
import { findPostgresPlace, giveTo, runningPid } from './postgres-place.ts';
import { withoutPassword } from './redis.ts';
import type { Store, StoreContext } from './store.ts';
import { StoreUnavailable, found } from './store.ts';

const READY_MS = 30_000;
const STOP_MS = 15_000;
const PORT_TRIES = 5;
/** User and database of the embedded server. */
const NAME = 'sluice';
const READY = 'database system is ready to accept connections';

export async function findOrStartPostgres(context: StoreContext): Promise<Store> {
  const given = context.env['DATABASE_URL'];
  if (given) return found(given, `Postgres of DATABASE_URL (${withoutPassword(given)})`);
  const place = findPostgresPlace(context.home.path);
  const password = context.home.secret('postgres-password');
  await stopEarlierServer(place);
  if (!existsSync(place.data)) initialise(place, password, context);
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const { child, ready } = startServer(context, place, port);
    if (await waitUntil(ready, { forMs: READY_MS, unless: () => child.lastExit() !== undefined })) {
      return {
        url: `postgres://${NAME}:${password}@127.0.0.1:${port}/${NAME}`,
        how: `Postgres on port ${port}: DATABASE_URL is not set, so the embedded server was started; data in ${place.data}`,
        stop: (hurry) => child.stop(STOP_MS, hurry),
      };
    }
    await child.stop(STOP_MS);
    if (tries === PORT_TRIES)
      throw new StoreUnavailable(`Postgres did not become ready; its log is ${join(context.home.path, 'logs', 'postgres.log')}`);
  }
}

function startServer(context: StoreContext, place: PostgresPlace, port: number): { child: KeptProcess; ready: () => boolean } {
  let isReady = false;
  const log = context.logTo('postgres');
  const settings = [
    ...['listen_addresses=127.0.0.1', 'unix_socket_directories=', 'max_connections=200', 'log_min_messages=warning'],
    // A test's database need not outlive the machine.
    ...(context.durable ? [] : ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off']),
  ];
  const child = keepRunning(
    {
      name: 'postgres',
      command: join(place.bin, 'postgres'),
      args: ['-D', place.data, '-p', String(port), ...settings.flatMap((setting) => ['-c', setting])],
      env: plainEnvironment(context.env),
      cwd: '/',
      ...(place.user ? { user: place.user } : {}),
      order: 'store',
      // The "fast" shutdown: ends sessions instead of waiting for them. SIGTERM would wait.
      stopSignal: 'SIGINT',
      onLine: (line) => {
        if (line.includes(READY)) isReady = true;
        log(line);
      },
    },
    context,
  );
  return { child, ready: () => isReady };
}

/** Everything else of our environment (PGDATA, PGPORT, …) would only mislead it. */
const plainEnvironment = (env: NodeJS.ProcessEnv): NodeJS.ProcessEnv => ({ PATH: env['PATH'], LC_ALL: 'C', TZ: 'UTC' });

/** A server that outlived its killed supervisor is stopped; any other process of that id only shows that the file is stale. */
async function stopEarlierServer({ data }: PostgresPlace): Promise<void> {
  const pid = runningPid(data);
  if (pid === undefined) return;
  const stopped = await stopLeftover(pid, (args) => args.includes('postgres') && args.includes(data), 'SIGINT');
  // Postgres itself refuses to start while any process has that id.
  if (!stopped && isAlive(pid)) rmSync(join(data, 'postmaster.pid'), { force: true });
}

/** Made under another name and renamed when complete, so that a start cut short leaves nothing that looks finished. */
function initialise(place: PostgresPlace, password: string, context: StoreContext): void {
  const making = `${place.data}.making`;
  rmSync(making, { recursive: true, force: true });
  mkdirSync(making, { mode: 0o700 });
  giveTo(making, place.user);
  const passwordFile = join(making, 'password');
  const data = join(making, 'data');
  writeFileSync(passwordFile, password, { mode: 0o600 });
  giveTo(passwordFile, place.user);
  const log = context.logTo('postgres');
  const run = (program: string, args: readonly string[], input = '') => {
    const { status, error, stdout, stderr } = spawnSync(join(place.bin, program), args, {
      input,
      encoding: 'utf8',
      cwd: '/',
      env: plainEnvironment(context.env),
      ...place.user,
    });
    if (stdout || stderr) log(`${stdout}${stderr}`.trimEnd());
    if (status !== 0)
      throw new StoreUnavailable(
        `Postgres cannot be set up: ${error?.message ?? `${program} failed: ${stderr.trim().split('\n').at(-1)}`}`,
      );
  };
  run('initdb', [
    `--pgdata=${data}`,
    `--username=${NAME}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
    '--encoding=UTF8',
    '--locale=C',
    ...(context.durable ? [] : ['--no-sync']),
  ]);
  // In single-user mode, because the driver belongs to libs/store.
  run('postgres', ['--single', '-D', data, 'postgres'], `create database ${NAME}\n`);
  renameSync(data, place.data);
  rmSync(making, { recursive: true });
}
