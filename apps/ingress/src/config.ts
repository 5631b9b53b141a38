/** The ingress' settings: read once, all problems told at once. */
import { anyText, integerBetween, POSTGRES_URLS, readEnvironment, REDIS_URLS, urlOf } from '@sluice/domain';
import type { Variables } from '@sluice/domain';
import { parseMasterKey } from '@sluice/store';
import { parseLogLevel, parseQuestdbUrl, type LogLevel } from '@sluice/telemetry';

export interface Config {
  readonly port: number;
  readonly host: string;
  readonly redisUrl: string;
  readonly databaseUrl: string;
  /** Where usage is read from; null: from Postgres. */
  readonly questdbUrl: string | null;
  /** Seals what operators enter and the keys that callers bring; null: no secrets can be entered here. */
  readonly masterKey: Uint8Array | null;
  readonly logLevel: LogLevel;
  /** `point/signal/n`: where a test wants this process to die. */
  readonly crashPoint: string | null;
  /** End with the process that started this one. */
  readonly supervised: boolean;
}

/** Throws `ConfigError`. */
export function readConfig(env: Variables): Config {
  const { read, check } = readEnvironment(env);
  const config: Config = {
    port: read('PORT', integerBetween(0, 65_535), 3_000),
    host: read('HOST', anyText, '127.0.0.1'),
    redisUrl: read('REDIS_URL', urlOf(REDIS_URLS), undefined),
    databaseUrl: read('DATABASE_URL', urlOf(POSTGRES_URLS), undefined),
    questdbUrl: read<string | null>('QUESTDB_URL', questdbUrl, null),
    masterKey: read<Uint8Array | null>('SLUICE_MASTER_KEY', parseMasterKey, null),
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
