/** The worker: makes dispatched attempts and drains the journal. The whole wiring is here, in order of opening. */
import { hostname } from 'node:os';
import { CALL_LIMITS, openTransport } from '@sluice/providers';
import { armCrashPoint, openQueue, startDispatch, startDrain } from '@sluice/queue';
import { openCredentials, openStore, postgresMetricSink, startConfiguration } from '@sluice/store';
import { createLogger, createMetrics, questdbSink } from '@sluice/telemetry';
import { ConfigError, readConfig, type Config } from './config.ts';
import { connectionsOf } from './connections.ts';
import { startDrains } from './drains.ts';
import { startHealth } from './health.ts';
import { openStops } from './stops.ts';
import { startWorker } from './worker.ts';

/** Attempts have this long to finish when the worker is told to stop. */
const GRACE_MS = 30_000;
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
  const log = createLogger({ level: config.logLevel, name: 'worker', pretty: process.stdout.isTTY });
  const stops = openStops({ log, supervised: config.supervised });
  const name = `${hostname()}-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  const metrics = createMetrics('worker');

  const queue = await stops.opened('queue', openQueue({ url: config.redisUrl, log }));
  const store = await stops.opened('store', openStore({ url: config.databaseUrl, log, poolSize: 4 }));
  const configuration = await stops.opened('configuration', startConfiguration({ store, log }));
  await queue.onConfiguration(() => void configuration.refresh());

  const now = () => Math.ceil(queue.now());
  const transport = await stops.opened('transport', openTransport({ now, connectMs: CALL_LIMITS.connectMs }));
  const connections = connectionsOf(configuration.snapshot, (connection) => openCredentials(connection, config.masterKey));

  const sink = config.questdbUrl === null ? postgresMetricSink(store) : questdbSink({ url: config.questdbUrl, log });
  await stops.opened('metrics', sink);
  await stops.opened('drains', startDrains({
    startDrain: (options) => startDrain(queue, options), store, sink, consumer: name, log,
  }));

  if (config.health) {
    const ready = () => (stops.stopping() ? Promise.reject(new Error('stopping')) : queue.ping());
    await stops.opened('health', startHealth({ ...config.health, metrics, ready }));
  }
  await stops.opened('worker', startWorker({
    tools: { transport, limits: CALL_LIMITS, connections, now, log, metrics },
    startDispatch: (options) => startDispatch(queue, options),
    worker: name, slots: config.slots, graceMs: GRACE_MS,
  }));
  log.info({ slots: config.slots, worker: name }, 'worker is ready');
  if (config.supervised) process.send?.({ kind: 'ready' });
}

start(configuredOrExit()).catch((error: unknown) => {
  process.stderr.write(`the worker cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
