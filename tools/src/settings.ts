/** The environment as `npm start` reads it: once, with everything that is wrong told at once. */
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { parseMasterKey } from '@sluice/store';

export interface Settings {
  readonly port: number;
  readonly host: string;
  readonly home: string;
  /** Null: the demo. */
  readonly configFile: string | null;
  /** Null: made and kept in the home. */
  readonly masterKey: string | null;
  /** Of the first operator; null: made up, and told once. */
  readonly adminPassword: string | null;
}

export type ReadSettings = { readonly settings: Settings } | { readonly problems: readonly string[] };

/** `EX_CONFIG` of sysexits: what is wrong is what it was given. */
export const CONFIGURATION_EXIT = 78;

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent'];

/** Values are not repeated where they may hold a password. */
export function readSettings(env: NodeJS.ProcessEnv): ReadSettings {
  const problems: string[] = [];
  const check = (name: string, isRight: (text: string) => boolean, rule: string) => {
    const text = env[name];
    if (text && !isRight(text)) problems.push(`${name} ${rule}`);
  };
  const isUrl =
    (...protocols: string[]) =>
    (text: string) =>
      URL.canParse(text) && protocols.includes(new URL(text).protocol);
  check(
    'PORT',
    (text) => /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535,
    `must be a port from 1 to 65535, not "${env['PORT']}"`,
  );
  check(
    'REDIS_URL',
    isUrl('redis:', 'rediss:', 'redis+cluster:'),
    'must be a URL beginning with redis://, rediss:// or redis+cluster://',
  );
  check('DATABASE_URL', isUrl('postgres:', 'postgresql:'), 'must be a URL beginning with postgres:// or postgresql://');
  check('QUESTDB_URL', isUrl('http:', 'https:'), 'must be a URL beginning with http:// or https://');
  check('LOG_LEVEL', (text) => LOG_LEVELS.includes(text), `must be one of ${LOG_LEVELS.join(', ')}, not "${env['LOG_LEVEL']}"`);
  check('SLUICE_CONFIG', existsSync, `names a file that is not there: ${env['SLUICE_CONFIG']}`);
  check('SLUICE_ADMIN_PASSWORD', (text) => text.length >= 12, 'must be at least 12 characters');
  problems.push(...masterKeyProblems(env));
  if (problems.length > 0) return { problems };
  return {
    settings: {
      port: Number(env['PORT'] || 3000),
      host: env['HOST'] || '127.0.0.1',
      home: resolve(env['SLUICE_HOME'] || '.sluice'),
      configFile: env['SLUICE_CONFIG'] || (existsSync('sluice.yaml') ? 'sluice.yaml' : null),
      masterKey: env['SLUICE_MASTER_KEY'] || null,
      adminPassword: env['SLUICE_ADMIN_PASSWORD'] || null,
    },
  };
}

/** A key of our own making seals what is in our own database; a database from elsewhere outlives the home. */
function masterKeyProblems(env: NodeJS.ProcessEnv): readonly string[] {
  const key = env['SLUICE_MASTER_KEY'];
  if (!key)
    return env['DATABASE_URL']
      ? ['SLUICE_MASTER_KEY must be set when DATABASE_URL is: 32 bytes in base64, from openssl rand -base64 32']
      : [];
  try {
    parseMasterKey(key);
    return [];
  } catch {
    return ['SLUICE_MASTER_KEY must be 32 bytes in base64, from openssl rand -base64 32'];
  }
}
