import { ConfigError } from '@sluice/domain';
import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const GOOD = {
  REDIS_URL: 'redis://127.0.0.1:6379', DATABASE_URL: 'postgres://u:p@127.0.0.1/db', SLUICE_MASTER_KEY: Buffer.alloc(32, 1).toString('base64'),
};

const problemsOf = (env: Record<string, string>): readonly string[] => {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  return [];
};

test('what is not said has its default', () => {
  expect(readConfig(GOOD)).toEqual({
    redisUrl: GOOD.REDIS_URL, databaseUrl: GOOD.DATABASE_URL, questdbUrl: null, masterKey: expect.any(Uint8Array) as Uint8Array,
    slots: 512, firstByteMs: 300_000, health: null, logLevel: 'info', crashPoint: null, supervised: false,
  });
});

test('what is said counts; a health port of 0 is none', () => {
  expect(readConfig({ ...GOOD, SLUICE_HEALTH_PORT: '9100', HOST: '0.0.0.0', SLUICE_WORKER_SLOTS: '8', SLUICE_FIRST_BYTE_MS: '60000', LOG_LEVEL: 'debug', SLUICE_SUPERVISED: '1' }))
    .toMatchObject({ health: { host: '0.0.0.0', port: 9100 }, slots: 8, firstByteMs: 60_000, logLevel: 'debug', supervised: true });
  expect(readConfig({ ...GOOD, SLUICE_HEALTH_PORT: '0' }).health).toBeNull();
});

test('every problem is told at once, naming its variable and never repeating a secret', () => {
  const problems = problemsOf({
    REDIS_URL: 'http://:hunter2@x', SLUICE_MASTER_KEY: 'c2hvcnQ=', SLUICE_WORKER_SLOTS: 'many', LOG_LEVEL: 'loud',
    SLUICE_HEALTH_PORT: '70000', QUESTDB_URL: 'x',
  });
  const named = problems.map((line) => line.split(/[ :]/)[0]).sort();
  expect(named).toEqual(['DATABASE_URL', 'LOG_LEVEL', 'QUESTDB_URL', 'REDIS_URL', 'SLUICE_HEALTH_PORT', 'SLUICE_MASTER_KEY', 'SLUICE_WORKER_SLOTS']);
  expect(problems.join('\n')).not.toMatch(/hunter2|c2hvcnQ/);
});
