/**
 * Redis for one home: `REDIS_URL`, else a server of our own on a free port of 127.0.0.1, behind a password, with an append-only
 * file that reaches the disk each second and a bound on memory that refuses writes instead of dropping keys.
 */
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { readIfThere } from '../home.ts';
import { freePort } from '../processes/free-port.ts';
import type { KeptProcess } from '../processes/kept-process.ts';
import { keepRunning } from '../processes/kept-process.ts';
import { stopLeftover } from '../processes/leftover.ts';
import { waitUntil } from '../processes/wait-until.ts';
import type { RedisServer } from './redis-server.ts';
import { findOrInstallRedisServer } from './redis-server.ts';
import type { Store, StoreContext } from './store.ts';
import { StoreUnavailable, found } from './store.ts';

const READY_MS = 30_000;
const STOP_MS = 15_000;
/** Between looking for a free port and listening on it, somebody else may have taken it. */
const PORT_TRIES = 5;

export async function findOrStartRedis(context: StoreContext): Promise<Store> {
  const given = context.env['REDIS_URL'];
  if (given) return found(given, `Redis of REDIS_URL (${withoutPassword(given)})`);
  const server = findOrInstallRedisServer(context.env, context.say);
  const folder = context.home.folder('redis');
  await stopEarlierServer(folder);
  for (let tries = 1; ; tries += 1) {
    const port = await freePort();
    const password = context.home.secret('redis-password');
    const child = startServer(context, server, { folder, port, password });
    if (await isReady(child, port, password)) {
      return {
        url: `redis://:${password}@127.0.0.1:${port}`,
        how: `Redis on port ${port}: REDIS_URL is not set, so ${server.how}; data in ${folder}`,
        stop: (hurry) => child.stop(STOP_MS, hurry),
      };
    }
    await child.stop(STOP_MS);
    if (tries === PORT_TRIES)
      throw new StoreUnavailable(`Redis did not become ready; its log is ${join(context.home.path, 'logs', 'redis.log')}`);
  }
}

interface Instance {
  readonly folder: string;
  readonly port: number;
  readonly password: string;
}

function startServer(context: StoreContext, server: RedisServer, { folder, port, password }: Instance): KeptProcess {
  const file = join(folder, 'redis.conf');
  writeFileSync(file, settings({ folder: server.sees(folder), port, password }, server.listensOn), { mode: 0o600 });
  return keepRunning(
    {
      name: 'redis',
      ...server.command(folder, port),
      env: context.env,
      order: 'store',
      stopSignal: 'SIGTERM',
      onLine: context.logTo('redis'),
    },
    context,
  );
}

const settings = ({ folder, port, password }: Instance, listensOn: string): string =>
  [
    `bind ${listensOn}`,
    `port ${port}`,
    `dir "${folder}"`,
    `requirepass ${password}`,
    'daemonize no',
    `pidfile "${folder}/redis.pid"`,
    'appendonly yes',
    'appendfsync everysec',
    'save ""',
    'maxmemory 2gb',
    'maxmemory-policy noeviction',
    '',
  ].join('\n');

/** A server that outlived its killed supervisor holds the append-only file: two writers would ruin it. */
async function stopEarlierServer(folder: string): Promise<void> {
  const pid = readIfThere(join(folder, 'redis.pid'));
  const port = /^port (\d+)$/m.exec(readIfThere(join(folder, 'redis.conf')) ?? '')?.[1];
  if (pid && port) await stopLeftover(Number(pid), (args) => /redis|valkey/.test(args) && args.includes(`:${port}`), 'SIGTERM');
}

/** Ready means that it answers with its data loaded; a server that died (its port taken, say) never will. */
const isReady = (child: KeptProcess, port: number, password: string): Promise<boolean> =>
  waitUntil(async () => (await ping(port, password)) && child.lastExit() === undefined, {
    forMs: READY_MS,
    unless: () => child.lastExit() !== undefined,
  });

/** AUTH and PING by hand, because the driver belongs to libs/queue. */
function ping(port: number, password: string): Promise<boolean> {
  return new Promise((resolve) => {
    let answer = '';
    const socket = connect(port, '127.0.0.1', () => socket.write(`AUTH ${password}\r\nPING\r\n`));
    const end = (ready: boolean) => {
      socket.destroy();
      resolve(ready);
    };
    socket.setTimeout(1_000, () => end(false));
    socket.once('error', () => end(false));
    socket.once('close', () => end(false));
    socket.on('data', (data) => {
      answer += data.toString('latin1');
      if (answer.includes('+PONG')) end(true);
      else if (/^-/m.test(answer)) end(false);
    });
  });
}

/** An address as it may be shown. */
export function withoutPassword(url: string): string {
  return url.replace(/(\/\/[^/:@]*):[^/@]*@/, '$1:***@');
}
