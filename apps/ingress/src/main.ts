/** The ingress: the HTTP edge. The whole wiring is here, in order of opening. */
import { ConfigError } from '@sluice/domain';
import { armCrashPoint, openQueue } from '@sluice/queue';
import { openStore, startConfiguration } from '@sluice/store';
import { createLogger, createMetrics, openStops } from '@sluice/telemetry';
import { readConfig } from './config.ts';
import type { Config } from './config.ts';
import { startIngress } from './ingress.ts';

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
  const log = createLogger({ level: config.logLevel, name: 'ingress', pretty: process.stdout.isTTY });
  const stops = openStops({ log, supervised: config.supervised });
  const metrics = createMetrics('ingress');

  const queue = await stops.opened('queue', openQueue({ url: config.redisUrl, failFast: true, log }));
  const store = await stops.opened('store', openStore({ url: config.databaseUrl, log, poolSize: 2 }));
  const configuration = await stops.opened('configuration', startConfiguration({ store, log }));
  await queue.onConfiguration(() => void configuration.refresh());

  const ingress = await stops.opened('ingress', startIngress({
    queue, metrics, log, snapshot: configuration.snapshot, pingStore: () => store.ping(), port: config.port, host: config.host,
  }));
  log.info({ host: config.host, port: ingress.port }, 'ingress is ready');
  if (config.supervised) process.send?.({ kind: 'ready' });
}

start(configuredOrExit()).catch((error: unknown) => {
  process.stderr.write(`the ingress cannot start: ${error instanceof Error ? error.message : String(error)}\n`);
  process.exit(1);
});
