import { expect, test } from 'vitest';
import { readConfig } from './config.ts';

const good = { REDIS_URL: 'redis://127.0.0.1:6379', DATABASE_URL: 'postgres://127.0.0.1/sluice' };

test('defaults listen on the loopback interface', () => {
  expect(readConfig(good)).toMatchObject({ port: 3_000, host: '127.0.0.1', logLevel: 'info', crashPoint: null, supervised: false });
});

test('every problem is told at once, by the name of its variable and without its value', () => {
  try {
    readConfig({ PORT: 'x', REDIS_URL: 'http://user:planted@host', LOG_LEVEL: 'loud' });
    expect.unreachable();
  } catch (error) {
    expect(String(error)).toMatch(/PORT[\s\S]*REDIS_URL[\s\S]*DATABASE_URL[\s\S]*LOG_LEVEL/);
    expect(String(error)).not.toContain('planted');
  }
});
