/**
 * A whole system for a test: the three apps as processes of their own, on a database and a Redis database of the test
 * file's own, with simulators as providers. `stop` ends everything and fails when anything was left behind.
 *
 * The apps run as they were built: `npm run build` comes first.
 */
import { spawn } from 'node:child_process';
import type { ChildProcess } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { parseConfigurationFile } from '@sluice/domain/configuration-file';
import type { Logger } from '@sluice/domain';
import { openQueue } from '@sluice/queue';
import { openStore, parseMasterKey } from '@sluice/store';
import { freePort, openWire, startSimulator, waitFor } from '@sluice/testkit';
import type { Simulator, SimulatorOptions, Wire } from '@sluice/testkit';
import { Redis } from 'ioredis';
import pg from 'pg';
import { inject } from 'vitest';

export type AppName = 'ingress' | 'scheduler' | 'worker';

export interface SystemOptions {
  /** One provider each; `${SIM_0}`, `${SIM_1}`, … stand for their addresses in the configuration, `${ORIGIN_0}`, … for those without `/v1`. */
  readonly simulators?: readonly SimulatorOptions[];
  /** The text of a sluice.yaml; default: `plainConfiguration`. */
  readonly configuration?: string;
  /** How many of each are started; default 1. */
  readonly apps?: Readonly<Partial<Record<AppName, number>>>;
  readonly env?: Readonly<Record<string, string>>;
  /** A Redis of the test's own, which it may restart. */
  readonly redisUrl?: string;
  /** The apps reach Postgres by a wire that the test may cut: `System.postgres`. */
  readonly wired?: boolean;
}

export interface App {
  readonly name: AppName;
  readonly child: ChildProcess;
  /** Of an ingress: where it listens. */
  readonly url: string;
  /** Everything it has written so far. */
  output(): string;
  /** Resolves when it is gone. */
  kill(signal: NodeJS.Signals): Promise<void>;
}

export interface System {
  /** Of the first ingress, without `/v1`. */
  readonly url: string;
  readonly key: string;
  /** With which the provider's credentials are sealed, base64. */
  readonly masterKey: string;
  readonly simulators: readonly Simulator[];
  readonly databaseUrl: string;
  readonly redisUrl: string;
  readonly postgres: Wire | null;
  apps(name: AppName): readonly App[];
  start(name: AppName, env?: Readonly<Record<string, string>>): Promise<App>;
  /** Makes the configuration what this text declares, and tells the apps. */
  configure(text: string): Promise<void>;
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  chat(body: unknown, options?: { readonly headers?: Readonly<Record<string, string>>; readonly signal?: AbortSignal }): Promise<Response>;
  /** What all apps have written, those that are gone included. */
  output(): string;
  stop(): Promise<void>;
}

export const KEY = 'sk-test-of-the-whole-system';

/** One connection to `${SIM_0}` with the resource `fast`. */
export const plainConfiguration = `
version: 1
environment: default
connections:
  - name: main
    provider: openai-compatible
    base_url: \${SIM_0}
    credentials: { api_key: sk-upstream }
    limits: [{ requests: 10000, per: 60s }]
priorities:
  - { name: urgent, reserved: 50, ceiling: 100 }
  - { name: normal, reserved: 20, ceiling: 100 }
  - { name: batch, reserved: 5, ceiling: 100 }
resources:
  - { name: fast, priority: normal, routes: [{ connection: main, model: gpt-4o-mini-instant }] }
api_keys:
  - { name: test, key: ${KEY}, resources: ["*"], priorities: ["*"] }
settings: { direct_routing: true, capture: metadata }
`;

const APPS = fileURLToPath(new URL('../../', import.meta.url));
const quiet: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const simulators = await Promise.all((options.simulators ?? [{ limits: [], latencyMs: 0, chunkEveryMs: 0 }]).map((each) => startSimulator(each)));
  const database = await createDatabase();
  const claimed = options.redisUrl === undefined ? await claimRedis() : null;
  const redisUrl = options.redisUrl ?? claimed?.url ?? '';
  const postgres = options.wired ? await openWire(database.url) : null;
  const masterKey = randomBytes(32).toString('base64');
  const variables = {
    ...process.env, REDIS_URL: redisUrl, DATABASE_URL: postgres?.url ?? database.url, SLUICE_MASTER_KEY: masterKey, LOG_LEVEL: 'debug', SLUICE_SUPERVISED: '1', ...options.env,
  };
  const running: App[] = [];
  const gone: App[] = [];

  const configure = async (text: string): Promise<void> => {
    const addresses = Object.fromEntries(simulators.flatMap(({ url, origin }, index) => [[`SIM_${index}`, url], [`ORIGIN_${index}`, origin]]));
    const parsed = parseConfigurationFile(text, addresses);
    if (!parsed.ok) throw new Error(parsed.problems.map(({ line, path, message }) => `line ${line}, ${path}: ${message}`).join('\n'));
    const store = await openStore({ url: database.url, log: quiet });
    await store.migrate();
    const { version } = await store.reconcile(parsed.file, { masterKey: parseMasterKey(masterKey), actor: 'test' });
    await store.stop();
    const queue = await openQueue({ url: redisUrl, log: quiet });
    await queue.announceConfiguration(version);
    await queue.stop();
  };

  const start = async (name: AppName, env: Readonly<Record<string, string>> = {}): Promise<App> => {
    const port = await freePort();
    const app = launch(name, { ...variables, ...env, ...(name === 'ingress' ? { PORT: String(port) } : {}) }, port);
    running.push(app);
    app.child.once('exit', () => gone.push(...running.splice(running.indexOf(app), 1)));
    await readiness(app);
    return app;
  };

  const stop = async (): Promise<void> => {
    await Promise.all([...running].map((app) => app.kill('SIGTERM')));
    await Promise.all(simulators.map((simulator) => simulator.stop()));
    await nobodyLeft(redisUrl);
    await claimed?.release();
    await postgres?.cut();
    await database.drop();
    const unclean = gone.filter(({ child }) => child.exitCode !== 0 && child.signalCode === null);
    if (unclean.length > 0) throw new Error(unclean.map((app) => `${app.name} exited with ${app.child.exitCode}:\n${app.output().slice(-2_000)}`).join('\n'));
  };

  try {
    await configure(options.configuration ?? plainConfiguration);
    const wanted = (['scheduler', 'worker', 'ingress'] as const).flatMap((name) => Array.from({ length: options.apps?.[name] ?? 1 }, () => name));
    await Promise.all(wanted.map((name) => start(name)));
  } catch (error) {
    await stop().catch(() => undefined); // the first error says what is wrong
    throw error;
  }
  const url = running.find(({ name }) => name === 'ingress')?.url ?? '';

  return {
    url, key: KEY, masterKey, simulators, databaseUrl: database.url, redisUrl, postgres, configure, start, stop,
    apps: (name) => running.filter((app) => app.name === name),
    query: (text, values) => database.query(text, values),
    chat: (body, { headers = {}, signal } = {}) => fetch(`${url}/v1/chat/completions`, {
      method: 'POST', body: JSON.stringify(body), headers: { authorization: `Bearer ${KEY}`, 'content-type': 'application/json', ...headers },
      ...(signal ? { signal } : {}),
    }),
    output: () => [...gone, ...running].map((app) => app.output()).join(''),
  };
}

function launch(name: AppName, env: NodeJS.ProcessEnv, port: number): App {
  const child = spawn(process.execPath, [`${APPS}${name}/dist/main.js`], { env, stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
  let written = '';
  for (const stream of [child.stdout, child.stderr]) stream?.on('data', (chunk: Buffer) => { written += chunk.toString(); });
  return {
    name, child, url: `http://127.0.0.1:${port}`,
    output: () => written,
    kill: async (signal) => {
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exit = once(child, 'exit');
      child.kill(signal);
      await exit;
    },
  };
}

async function readiness(app: App): Promise<void> {
  const [first] = await Promise.race([once(app.child, 'message'), once(app.child, 'exit')]);
  if (typeof first === 'object' && first !== null && 'kind' in first && first.kind === 'ready') return;
  throw new Error(`${app.name} did not become ready:\n${app.output()}`);
}

async function createDatabase() {
  const administrator = inject('databaseUrl');
  const name = `system_${randomBytes(6).toString('hex')}`;
  const run = async (connectionString: string, text: string, values: readonly unknown[] = []) => {
    const client = new pg.Client({ connectionString });
    await client.connect();
    try {
      return (await client.query(text, [...values])).rows as unknown[];
    } finally {
      await client.end();
    }
  };
  await run(administrator, `create database ${name}`);
  const url = new URL(administrator);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    query: async <Row extends object>(text: string, values?: readonly unknown[]) => (await run(url.href, text, values)) as readonly Row[], // the caller knows its statement
    /** Rejects when anybody is still connected. */
    drop: () => run(administrator, `drop database ${name}`),
  };
}

/** A numbered database for each process that runs tests: files share a process one after another, never at once. */
/** How long a system may live; one that was killed gives its database back after that. */
const CLAIMED_MS = 600_000;
/** Redis has 16; the first holds the claims. */
const DATABASES = Array.from({ length: 15 }, (_, index) => index + 1);

/** A numbered database for this system alone: other test files, and other systems of this one, run at the same time. */
async function claimRedis(): Promise<{ readonly url: string; readonly release: () => Promise<void> }> {
  const url = new URL(inject('redisUrl'));
  const claims = new Redis(url.href);
  const claimed = await waitFor(async () => {
    for (const number of DATABASES) if (await claims.set(`test-system:${number}`, process.pid, 'PX', CLAIMED_MS, 'NX')) return number;
    return undefined;
  }, { withinMs: 60_000, what: 'a free database of the Redis for tests' });
  url.pathname = `/${claimed}`;
  const redis = new Redis(url.href);
  await redis.flushdb();
  redis.disconnect();
  return {
    url: url.href,
    release: async () => {
      await claims.del(`test-system:${claimed}`);
      claims.disconnect();
    },
  };
}

async function nobodyLeft(redisUrl: string): Promise<void> {
  const redis = new Redis(redisUrl);
  const database = `db=${new URL(redisUrl).pathname.slice(1)} `;
  try {
    await waitFor(async () => String(await redis.client('LIST')).split('\n').filter((line) => line.includes(database)).length <= 1,
      { withinMs: 5_000, what: 'every app has closed its connections to Redis' });
  } finally {
    redis.disconnect();
  }
}
