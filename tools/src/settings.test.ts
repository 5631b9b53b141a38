import { resolve } from 'node:path';
import { expect, test } from 'vitest';
import { readSettings } from './settings.ts';

const KEY = Buffer.alloc(32, 7).toString('base64');

test('nothing set gives the defaults that the documents name', () => {
  expect(readSettings({})).toEqual({
    settings: { port: 3000, host: '127.0.0.1', home: resolve('.sluice'), configFile: null, masterKey: null, adminPassword: null },
  });
});

test('an empty variable counts as not set', () => {
  expect(readSettings({ PORT: '', HOST: '', REDIS_URL: '', SLUICE_CONFIG: '' })).toEqual(readSettings({}));
});

test.each([
  ['PORT', '0'],
  ['PORT', '65536'],
  ['PORT', '3000x'],
  ['REDIS_URL', 'localhost:6379'],
  ['REDIS_URL', 'http://localhost'],
  ['QUESTDB_URL', 'questdb'],
  ['LOG_LEVEL', 'trace'],
  ['SLUICE_CONFIG', '/nowhere/at/all.yaml'],
  ['SLUICE_MASTER_KEY', 'c2hvcnQ='],
  ['SLUICE_ADMIN_PASSWORD', 'short'],
])('%s=%s is refused in one line that names it', (name, value) => {
  const read = readSettings({ [name]: value });
  expect('problems' in read && read.problems).toEqual([expect.stringMatching(new RegExp(`^${name} `))]);
});

test('all that is wrong is told at once, without a value that may be secret', () => {
  const read = readSettings({
    PORT: 'x',
    REDIS_URL: 'redi://:hunter2@h',
    DATABASE_URL: 'mysql://u:hunter2@h/d',
    SLUICE_MASTER_KEY: 'hunter2',
  });
  if (!('problems' in read)) throw new Error('nothing was refused');
  expect(read.problems.map((line) => line.split(' ')[0])).toEqual(['PORT', 'REDIS_URL', 'DATABASE_URL', 'SLUICE_MASTER_KEY']);
  expect(read.problems.join('\n')).not.toContain('hunter2');
});

test('a database of somebody else needs a master key that outlives this home', () => {
  const url = 'postgres://u@h/d';
  expect(readSettings({ DATABASE_URL: url })).toEqual({
    problems: [expect.stringContaining('SLUICE_MASTER_KEY must be set when DATABASE_URL is')],
  });
  expect(readSettings({ DATABASE_URL: url, SLUICE_MASTER_KEY: KEY })).toMatchObject({ settings: { masterKey: KEY } });
});
