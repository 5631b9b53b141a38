/**
 * QuestDB for tests: `QUESTDB_URL`, else its server, one jar, fetched once with Maven into the user's cache and run with Java.
 * `npm start` never runs one of its own: without `QUESTDB_URL` metrics go to Postgres.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { freePort } from '../processes/free-port.ts';
import type { KeptProcess } from '../processes/kept-process.ts';
import { keepRunning } from '../processes/kept-process.ts';
import { waitUntil } from '../processes/wait-until.ts';
import { findCommand } from './redis-server.ts';
import type { Store, StoreContext } from './store.ts';
import { StoreUnavailable, found } from './store.ts';

const VERSION = '9.3.4';
const OLDEST_JAVA = 17;
const READY_MS = 60_000;
const STOP_MS = 15_000;
const FETCH_MS = 300_000;

/** The URL is as libs/telemetry reads it: the HTTP endpoint, with the port of the PG wire in `pg`. */
export async function findOrStartQuestdb(context: StoreContext): Promise<Store> {
  const given = context.env['QUESTDB_URL'];
  if (given) return found(given, 'QuestDB of QUESTDB_URL');
  const java = findJava(context.env);
  const jar = findOrFetchJar(context);
  const [httpPort, pgPort] = [await freePort(), await freePort()];
  const child = startServer(context, { java, jar, httpPort, pgPort });
  const ready = await waitUntil(() => answers(httpPort), {
    forMs: READY_MS,
    everyMs: 100,
    unless: () => child.lastExit() !== undefined,
  });
  if (!ready) {
    await child.stop(STOP_MS);
    throw new StoreUnavailable(`QuestDB did not become ready; its log is ${join(context.home.path, 'logs', 'questdb.log')}`);
  }
  return {
    url: `http://127.0.0.1:${httpPort}?pg=${pgPort}`,
    how: `QuestDB ${VERSION} on port ${httpPort}: QUESTDB_URL is not set, so its server was started with Java`,
    stop: (hurry) => child.stop(STOP_MS, hurry),
  };
}

interface Instance {
  readonly java: string;
  readonly jar: string;
  readonly httpPort: number;
  readonly pgPort: number;
}

function startServer(context: StoreContext, { java, jar, httpPort, pgPort }: Instance): KeptProcess {
  return keepRunning(
    {
      name: 'questdb',
      command: java,
      args: ['-Xmx512m', '-p', jar, '-m', 'io.questdb/io.questdb.ServerMain', '-d', context.home.folder('questdb')],
      env: {
        ...context.env,
        QDB_HTTP_BIND_TO: `127.0.0.1:${httpPort}`,
        QDB_PG_NET_BIND_TO: `127.0.0.1:${pgPort}`,
        QDB_HTTP_MIN_ENABLED: 'false',
        QDB_LINE_TCP_ENABLED: 'false',
        QDB_TELEMETRY_ENABLED: 'false',
      },
      order: 'store',
      stopSignal: 'SIGTERM',
      onLine: context.logTo('questdb'),
    },
    context,
  );
}

async function answers(port: number): Promise<boolean> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}/exec?query=select%201`, { signal: AbortSignal.timeout(2_000) });
    await answer.arrayBuffer();
    return answer.ok;
  } catch {
    return false; // not listening yet: asked again until the time is up
  }
}

function findJava(env: NodeJS.ProcessEnv): string {
  const home = env['JAVA_HOME'];
  const java = home && existsSync(join(home, 'bin', 'java')) ? join(home, 'bin', 'java') : findCommand('java', env);
  const version = java
    ? Number(/version "(\d+)/.exec(spawnSync(java, ['-version'], { encoding: 'utf8', env }).stderr)?.[1] ?? 0)
    : 0;
  if (java && version >= OLDEST_JAVA) return java;
  const have = version > 0 ? `this machine has Java ${version}` : 'this machine has none';
  throw new StoreUnavailable(`QuestDB needs Java ${OLDEST_JAVA} or newer (${have}): install it, or set QUESTDB_URL`);
}

function findOrFetchJar({ env, say }: StoreContext): string {
  const folder = join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sluice');
  const jar = join(folder, `questdb-${VERSION}.jar`);
  if (existsSync(jar)) return jar;
  const maven = findCommand('mvn', env);
  if (!maven)
    throw new StoreUnavailable('QuestDB is fetched with Maven, which this machine has not: install maven, or set QUESTDB_URL');
  say(`fetching QuestDB ${VERSION} with Maven (30 MB, once)`);
  mkdirSync(folder, { recursive: true });
  const args = [
    '-q',
    '--batch-mode',
    'dependency:copy',
    `-Dartifact=org.questdb:questdb:${VERSION}`,
    `-DoutputDirectory=${folder}`,
  ];
  const { status, stdout } = spawnSync(maven, args, { env, encoding: 'utf8', timeout: FETCH_MS, cwd: folder });
  if (status === 0 && existsSync(jar)) return jar;
  throw new StoreUnavailable(`Maven could not fetch QuestDB (${stdout?.trim().split('\n')[0] ?? 'no answer'}): set QUESTDB_URL`);
}
