/** The ingress: the HTTP edge. The whole wiring is here, in order of opening. */
import { armCrashPoint, openQueue } from '@sluice/queue';
import { openStore, postgresUsage, startConfiguration } from '@sluice/store';
import { configOrExit, createLogger, createMetrics, openStops, questdbUsage } from '@sluice/telemetry';
import { readConfig } from './config.ts';
import type { Config } from './config.ts';
import { startIngress } from './ingress.ts';

const config = configOrExit(() => {
  const read = readConfig(process.env); // the only read of process.env
  if (read.crashPoint !== null) armCrashPoint(read.crashPoint);
  return read;
});

async function start(config: Config): Promise<void> {
  const log = createLogger({ level: config.logLevel, name: 'ingress', pretty: process.stdout.isTTY });
  const stops = openStops({ log, supervised: config.supervised });
  const metrics = createMetrics('ingress');

  const store = await stops.opened('store', openStore({ url: config.databaseUrl, log, poolSize: 8 }));
  const queue = await stops.opened('queue', openQueue({
    url: config.redisUrl, failFast: true, log, commit: async (final) => (await store.jobs.finish(final, null)).end,
  }));
  const configuration = await stops.opened('configuration', startConfiguration({ store, log }));
  await queue.onConfiguration(() => void configuration.refresh());

  const ingress = await stops.opened('ingress', startIngress({
    queue, metrics, log, configuration, store, chunks: store.files.chunks, port: config.port, host: config.host, masterKey: config.masterKey,
    usage: config.questdbUrl === null ? postgresUsage(store) : questdbUsage(config.questdbUrl),
  }));
  log.info({ host: config.host, port: ingress.port }, 'ingress is ready');
  if (config.supervised) process.send?.({ kind: 'ready' });
}

start(config).catch((error: unknown) => {
  process.stderr.write(`the ingress cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
