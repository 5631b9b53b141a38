/** The scheduler: owns connections and decides who goes next. The whole wiring is here, in order of opening. */
import { hostname } from 'node:os';
import { ConfigError } from '@sluice/domain';
import { armCrashPoint, openQueue, openScheduler } from '@sluice/queue';
import { openStore, startConfiguration } from '@sluice/store';
import { createLogger, createMetrics, openStops, startHealth } from '@sluice/telemetry';
import { readConfig, type Config } from './config.ts';
import { startScheduler, type Scheduler } from './scheduler.ts';

const EXIT_CONFIG = 78;

function configuredOrExit(): Config {
  try {
    const config = readConfig(process.env); // the only read of process.env
    if (config.crashPoint !== null) armCrashPoint(config.crashPoint);
    return config;
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : [error instanceof Error ? error.message : String(error)];
    for (const problem of problems) process.stderr.write(`${problem}\n`);
    process.exit(EXIT_CONFIG);
  }
}

async function start(config: Config): Promise<void> {
  const log = createLogger({ level: config.logLevel, name: 'scheduler', pretty: process.stdout.isTTY });
  const stops = openStops({ log, supervised: config.supervised });
  const name = `${hostname()}-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  const metrics = createMetrics('scheduler');
  let scheduler: Scheduler | undefined;

  const queue = await stops.opened('queue', openQueue({ url: config.redisUrl, log }));
  for (const complaint of await queue.complaints()) log.warn({}, complaint);
  const store = await stops.opened('store', openStore({ url: config.databaseUrl, log, poolSize: 2 }));
  const configuration = await stops.opened('configuration', startConfiguration({ store, log, onChange: () => scheduler?.configure() }));
  await queue.onConfiguration(() => void configuration.refresh());

  const role = await stops.opened('role', openScheduler(queue, {
    scheduler: name, onWake: (connection, lane) => scheduler?.wake(connection, lane),
  }));
  if (config.health) {
    await stops.opened('health', startHealth({ ...config.health, metrics, ready: () => stops.stopping() ? Promise.reject(new Error('stopping')) : queue.ping() }));
  }
  scheduler = await stops.opened('scheduler', startScheduler({ role, snapshot: configuration.snapshot, now: queue.now, metrics, log }));
  log.info({ scheduler: name, connections: scheduler.owned() }, 'scheduler is ready');
  if (config.supervised) process.send?.({ kind: 'ready' });
}

await start(configuredOrExit());
