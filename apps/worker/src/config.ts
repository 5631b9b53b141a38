/** The worker's settings: read once, all problems told at once. */
import { isLogLevel, LOG_LEVELS, parseQuestdbUrl, type LogLevel } from '@sluice/telemetry';
import { parseMasterKey } from '@sluice/store';

export interface Config {
  readonly redisUrl: string;
  readonly databaseUrl: string;
  /** null: metrics go to Postgres. */
  readonly questdbUrl: string | null;
  readonly masterKey: Uint8Array;
  /** Calls at once in this process. */
  readonly slots: number;
  readonly health: { readonly host: string; readonly port: number } | null;
  readonly logLevel: LogLevel;
  readonly crashPoint: string | null;
  /** End with the process that started this one. */
  readonly supervised: boolean;
}

/** What is wrong with the environment, one line each, naming the variable. */
export class ConfigError extends Error {
  readonly problems: readonly string[];

  constructor(problems: readonly string[]) {
    super(problems.join('\n'));
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

type Environment = Readonly<Record<string, string | undefined>>;

/** Throws `ConfigError`. */
export function readConfig(env: Environment): Config {
  const problems: string[] = [];
  const read = <T>(name: string, parse: (text: string) => T, otherwise: T | undefined): T => {
    const text = env[name]?.trim() ?? '';
    try {
      if (text !== '') return parse(text);
      if (otherwise !== undefined) return otherwise;
      problems.push(`${name} is not set`);
    } catch (error) {
      problems.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
    }
    return otherwise as T; // never looked at: with a problem the whole configuration is refused below
  };

  const port = read('SLUICE_HEALTH_PORT', integerBetween(0, 65_535), 0);
  const host = read('HOST', (text) => text, '127.0.0.1');
  const config: Config = {
    redisUrl: read('REDIS_URL', urlOf(['redis:', 'rediss:', 'redis+cluster:']), undefined),
    databaseUrl: read('DATABASE_URL', urlOf(['postgres:', 'postgresql:']), undefined),
    questdbUrl: read<string | null>('QUESTDB_URL', questdbUrl, null),
    masterKey: read('SLUICE_MASTER_KEY', parseMasterKey, undefined),
    slots: read('SLUICE_WORKER_SLOTS', integerBetween(1, 100_000), 512),
    health: port === 0 ? null : { host, port },
    logLevel: read<LogLevel>('LOG_LEVEL', logLevel, 'info'),
    crashPoint: read<string | null>('SLUICE_CRASH_POINT', (text) => text, null),
    supervised: env['SLUICE_SUPERVISED'] === '1',
  };
  if (problems.length > 0) throw new ConfigError(problems);
  return config;
}

const urlOf = (protocols: readonly string[]) => (text: string): string => {
  // The value may hold a password: it is not repeated.
  if (!URL.canParse(text) || !protocols.includes(new URL(text).protocol)) {
    throw new Error(`must be a URL beginning with ${protocols.map((protocol) => `${protocol}//`).join(' or ')}`);
  }
  return text;
};

function questdbUrl(text: string): string {
  parseQuestdbUrl(text);
  return text;
}

const integerBetween = (least: number, most: number) => (text: string): number => {
  const value = Number(text);
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new Error(`must be an integer from ${least} to ${most}, not "${text}"`);
  }
  return value;
};

function logLevel(text: string): LogLevel {
  if (!isLogLevel(text)) throw new Error(`must be one of ${LOG_LEVELS.join(', ')}, not "${text}"`);
  return text;
}
