/** The worker's settings: read once, all problems told at once. */
import { anyText, integerBetween, POSTGRES_URLS, readEnvironment, REDIS_URLS, urlOf, type Variables } from '@sluice/domain';
import { parseLogLevel, parseQuestdbUrl, type LogLevel } from '@sluice/telemetry';
import { CALL_LIMITS } from '@sluice/providers';
import { parseMasterKey } from '@sluice/store';

export interface Config {
  readonly redisUrl: string;
  readonly databaseUrl: string;
  /** null: metrics go to Postgres. */
  readonly questdbUrl: string | null;
  readonly masterKey: Uint8Array;
  /** Calls at once in this process. */
  readonly slots: number;
  /** Milliseconds a provider may take from the request to the head of its answer. */
  readonly firstByteMs: number;
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
    questdbUrl: read<string | null>('QUESTDB_URL', questdbUrl, null),
    masterKey: read('SLUICE_MASTER_KEY', parseMasterKey, undefined),
    slots: read('SLUICE_WORKER_SLOTS', integerBetween(1, 100_000), 512),
    firstByteMs: read('SLUICE_FIRST_BYTE_MS', integerBetween(100, 900_000), CALL_LIMITS.firstByteMs),
    health: port === 0 ? null : { host, port },
    logLevel: read<LogLevel>('LOG_LEVEL', parseLogLevel, 'info'),
    crashPoint: read<string | null>('SLUICE_CRASH_POINT', anyText, null),
    supervised: env['SLUICE_SUPERVISED'] === '1',
  };
  check();
  return config;
}

function questdbUrl(text: string): string {
  parseQuestdbUrl(text);
  return text;
}
