/** The worker: makes dispatched attempts and drains the journal. The whole wiring is here, in order of opening. */
import { hostname } from 'node:os';
import { CALL_LIMITS, openAuthorizer, openOutsidePost, openTransport } from '@sluice/providers';
import { armCrashPoint, openDiscovered, openMemory, openQueue, startDispatch, startDrain } from '@sluice/queue';
import { open, openCredentials, openStore, postgresMetricSink, startConfiguration } from '@sluice/store';
import { configOrExit, createLogger, createMetrics, openStops, questdbSink, startHealth } from '@sluice/telemetry';
import { commitTo } from './commit.ts';
import { readConfig, type Config } from './config.ts';
import { connectionsOf } from './connections.ts';
import { openCooldowns } from './cooldowns.ts';
import { startDiscovery } from './discovery.ts';
import { startDrains } from './drains.ts';
import { startFileRemoval } from './file-removal.ts';
import { openGuards } from './guards.ts';
import { startRetention } from './retention.ts';
import { startSender } from './webhooks/sender.ts';
import { startWorker } from './worker.ts';

/** Attempts have this long to finish when the worker is told to stop. */
const GRACE_MS = 30_000;
const config = configOrExit(() => {
  const read = readConfig(process.env); // the only read of process.env
  if (read.crashPoint !== null) armCrashPoint(read.crashPoint);
  return read;
});

async function start(config: Config): Promise<void> {
  const log = createLogger({ level: config.logLevel, name: 'worker', pretty: process.stdout.isTTY });
  const stops = openStops({ log, supervised: config.supervised });
  const name = `${hostname()}-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  const metrics = createMetrics('worker');

  const store = await stops.opened('store', openStore({ url: config.databaseUrl, log, poolSize: 4 }));
  const queue = await stops.opened('queue', openQueue({ url: config.redisUrl, log, commit: commitTo(store) }));
  const configuration = await stops.opened('configuration', startConfiguration({ store, log }));
  await queue.onConfiguration(() => void configuration.refresh());

  const now = () => Math.ceil(queue.now());
  const transport = await stops.opened('transport', openTransport({ now, connectMs: CALL_LIMITS.connectMs }));
  const connections = connectionsOf(
    configuration.snapshot, (connection) => openCredentials(connection, config.masterKey), (sealed, job) => open(sealed, config.masterKey, job),
  );
  const authorizer = openAuthorizer({ now: Date.now });

  const sink = config.questdbUrl === null ? postgresMetricSink(store) : questdbSink({ url: config.questdbUrl, log });
  await stops.opened('metrics', sink);
  await stops.opened('drains', startDrains({
    startDrain: (options) => startDrain(queue, options), store, sink, consumer: name, log,
  }));

  const outside = await stops.opened('outside', openOutsidePost());
  await stops.opened('webhooks', startSender({
    webhooks: store.webhooks, outside, masterKey: config.masterKey, snapshot: configuration.snapshot, holder: name, log,
    onTry: (outcome) => metrics.webhookTried(outcome),
  }));
  await stops.opened('file removal', startFileRemoval({ files: store.files, chunks: store.files.chunks, log }));
  await stops.opened('retention', startRetention({ store, snapshot: configuration.snapshot, now, log }));

  await stops.opened('discovery', startDiscovery({
    snapshot: configuration.snapshot, connections, discovered: openDiscovered(queue), transport, authorizer, now, log,
  }));

  if (config.health) {
    const ready = () => (stops.stopping() ? Promise.reject(new Error('stopping')) : queue.ping());
    await stops.opened('health', startHealth({ ...config.health, metrics, ready }));
  }
  await stops.opened('worker', startWorker({
    tools: {
      memory: openMemory(queue), transport, authorizer, limits: { ...CALL_LIMITS, firstByteMs: config.firstByteMs },
      connections, guards: openGuards(), cooldowns: openCooldowns(), now, log, metrics,
    },
    startDispatch: (options) => startDispatch(queue, options),
    worker: name, slots: config.slots, graceMs: GRACE_MS,
  }));
  log.info({ slots: config.slots, worker: name }, 'worker is ready');
  if (config.supervised) process.send?.({ kind: 'ready' });
}

start(config).catch((error: unknown) => {
  process.stderr.write(`the worker cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
