import fc from 'fast-check';
import { expect, test } from 'vitest';
import { usageStatement } from './questdb-usage.ts';

test('whatever the environment is called, it stays one text of the statement', () => {
  fc.assert(fc.property(fc.string(), (environment) => {
    const statement = usageStatement({ environment, from: 0, to: 1, by: ['model'], interval: 'hour' });
    const quoted = /environment = '((?:[^']|'')*)' and ts >=/.exec(statement)?.[1];
    return quoted?.replaceAll("''", "'") === environment;
  }));
});

test('groups and intervals are named once each', () => {
  const statement = usageStatement({ environment: 'e', from: 1_000, to: 2_000, by: ['connection', 'model'], interval: 'minute' });
  expect(statement).toContain("select timestamp_floor('m', ts) as begins, connection, model, count() attempts");
  expect(statement).toContain('ts >= cast(1000000 as timestamp) and ts < cast(2000000 as timestamp)');
});
