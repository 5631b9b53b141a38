/** A QuestDB of the tests' own, that they may kill: its jar from Maven's repository, run by the Java that is installed. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { homedir } from 'node:os';

const VERSION = '9.3.4';
/** Where the test stores keep it as well: fetched once for all. */
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sluice');

export interface QuestdbServer {
  readonly url: string;
  kill(): Promise<void>;
}

/** Path of the jar, fetched when it is not there yet; undefined without Java and Maven. */
export function questdbJar(): string | undefined {
  const jar = join(CACHE, `questdb-${VERSION}.jar`);
  if (spawnSync('java', ['-version']).status !== 0) return undefined;
  if (existsSync(jar)) return jar;
  mkdirSync(CACHE, { recursive: true });
  spawnSync('mvn', ['-q', 'dependency:copy', `-Dartifact=org.questdb:questdb:${VERSION}`, `-DoutputDirectory=${CACHE}`], { timeout: 120_000 });
  return existsSync(jar) ? jar : undefined;
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  // A TCP server that listens has an address of this shape.
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

/** Resolves when the server answers. The same data directory and port may be started again after a kill. */
export async function startQuestdb(jar: string, directory: string, port: number): Promise<QuestdbServer> {
  const data = join(directory, 'data');
  mkdirSync(data, { recursive: true });
  const child = spawn('java', ['-Xmx256m', '-p', jar, '-m', 'io.questdb/io.questdb.ServerMain', '-d', data], {
    stdio: 'ignore',
    env: {
      ...process.env, QDB_HTTP_BIND_TO: `127.0.0.1:${port}`, QDB_PG_ENABLED: 'false', QDB_HTTP_MIN_ENABLED: 'false',
      QDB_LINE_TCP_ENABLED: 'false', QDB_TELEMETRY_ENABLED: 'false',
    },
  });
  const exited = once(child, 'exit');
  const url = `http://127.0.0.1:${port}`;
  const until = Date.now() + 60_000;
  while (!(await answers(url))) {
    if (child.exitCode !== null || Date.now() > until) throw new Error(`QuestDB did not start (exit ${child.exitCode})`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return {
    url,
    async kill() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(`${url}/exec?query=select%201`, { signal: AbortSignal.timeout(1000) })).ok;
  } catch {
    return false; // not listening yet: that is what is being waited for
  }
}

interface Answer {
  readonly dataset?: unknown[][];
  readonly error?: string;
}

/** Throws what the server said against the statement. */
export async function execute(url: string, sql: string): Promise<Answer> {
  const answer = await fetch(`${url}/exec?query=${encodeURIComponent(sql)}`, { signal: AbortSignal.timeout(5000) });
  const said = (await answer.json()) as Answer; // QuestDB's documented answer of /exec
  if (said.error !== undefined) throw new Error(`QuestDB: ${said.error}`);
  return said;
}

/** The rows of a query, each as an array in the order of its columns. */
export async function query(url: string, sql: string): Promise<unknown[][]> {
  const { dataset } = await execute(url, sql);
  if (!dataset) throw new Error(`QuestDB answered no rows to: ${sql}`);
  return dataset;
}
