/** The scheduler: owns connections and decides who goes next. The whole wiring is here, in order of opening. */
import { hostname } from 'node:os';
import { armCrashPoint, openFeeder, openQueue, openScheduler } from '@sluice/queue';
import { openStore, startConfiguration, type Store } from '@sluice/store';
import { configOrExit, createLogger, createMetrics, openStops, startHealth } from '@sluice/telemetry';
import { readConfig, type Config } from './config.ts';
import { Feeder } from './feeder/feeder.ts';
import type { Budgets } from './lending.ts';
import { startScheduler, type Scheduler } from './scheduler.ts';

const config = configOrExit(() => {
  const read = readConfig(process.env); // the only read of process.env
  if (read.crashPoint !== null) armCrashPoint(read.crashPoint);
  return read;
});

async function start(config: Config): Promise<void> {
  const log = createLogger({ level: config.logLevel, name: 'scheduler', pretty: process.stdout.isTTY });
  const stops = openStops({ log, supervised: config.supervised });
  const name = `${hostname()}-${process.pid}-${Math.random().toString(36).slice(2, 8)}`;
  const metrics = createMetrics('scheduler');
  let scheduler: Scheduler | undefined;

  const store = await stops.opened('store', openStore({ url: config.databaseUrl, log, poolSize: 3 }));
  const queue = await stops.opened('queue', openQueue({ url: config.redisUrl, log, commit: async (final) => (await store.jobs.finish(final, null)).end }));
  for (const complaint of await queue.complaints()) log.warn({}, complaint);
  const configuration = await stops.opened('configuration', startConfiguration({ store, log, onChange: () => scheduler?.configure() }));
  await queue.onConfiguration(() => void configuration.refresh());

  const role = await stops.opened('role', openScheduler(queue, {
    scheduler: name, onWake: (connection, woken) => scheduler?.wake(connection, woken),
  }));
  if (config.health) {
    await stops.opened('health', startHealth({ ...config.health, metrics, ready: () => stops.stopping() ? Promise.reject(new Error('stopping')) : queue.ping() }));
  }
  scheduler = await stops.opened('scheduler', startScheduler({ role, snapshot: configuration.snapshot, now: queue.now, metrics, log, budgets: budgetsOf(store, queue.now),
    isFirstEpoch: async (name) => (await store.fixInstallationValue('first_epoch', name)) === name }));
  let feeder: Feeder | undefined;
  const feeding = await stops.opened('feeder role', openFeeder(queue, { feeder: name, onWake: () => feeder?.wake() }));
  feeder = await stops.opened('feeder', new Feeder({ role: feeding, jobs: store.jobs, now: queue.now, log }));
  log.info({ scheduler: name, connections: scheduler.owned() }, 'scheduler is ready');
  if (config.supervised) process.send?.({ kind: 'ready' });
}

const budgetsOf = ({ budgets }: Store, now: () => number): Budgets =>
  ({ charge: (limit, of, wanted) => budgets.charge({ limit, of, wanted, now: now() }) });

start(config).catch((error: unknown) => {
  process.stderr.write(`the scheduler cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
