/** The scheduler's settings: read once, all problems told at once. */
import { anyText, integerBetween, POSTGRES_URLS, readEnvironment, REDIS_URLS, urlOf, type Variables } from '@sluice/domain';
import { parseLogLevel, type LogLevel } from '@sluice/telemetry';

export interface Config {
  readonly redisUrl: string;
  readonly databaseUrl: string;
  readonly health: { readonly host: string; readonly port: number } | null;
  readonly logLevel: LogLevel;
  readonly crashPoint: string | null;
  /** End with the process that started this one. */
  readonly supervised: boolean;
}

/** Throws `ConfigError`. */
export function readConfig(env: Variables): Config {
  const { read, check } = readEnvironment(env);
  const port = read('SLUICE_HEALTH_PORT', integerBetween(0, 65_535), 0);
  const host = read('HOST', anyText, '127.0.0.1');
  const config: Config = {
    redisUrl: read('REDIS_URL', urlOf(REDIS_URLS), undefined),
    databaseUrl: read('DATABASE_URL', urlOf(POSTGRES_URLS), undefined),
    health: port === 0 ? null : { host, port },
    logLevel: read<LogLevel>('LOG_LEVEL', parseLogLevel, 'info'),
    crashPoint: read<string | null>('SLUICE_CRASH_POINT', anyText, null),
    supervised: env['SLUICE_SUPERVISED'] === '1',
  };
  check();
  return config;
}
