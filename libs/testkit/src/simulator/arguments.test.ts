import { describe, expect, test } from 'vitest';
import { parseCommandLine } from './arguments.ts';
import { FRIENDLY_LIMITS, settingsOf, timingOf } from './options.ts';

test('nothing said is a friendly provider', () => {
  expect(parseCommandLine([]).options).toEqual({ limits: FRIENDLY_LIMITS });
  expect(settingsOf({})).toMatchObject({ limits: FRIENDLY_LIMITS, timing: { latencyMs: 40, chunkEveryMs: 33 } });
});

test('limits of every kind, with window and pace', () => {
  const { options } = parseCommandLine([
    '--limits', 'requests=600/60s,org/m:7b:total_tokens=9/250ms,concurrency=32', '--window', 'bucket', '--pace', '100ms',
  ]);
  expect(options.limits).toEqual([
    { dimension: 'requests', amount: 600, windowMs: 60_000, window: 'bucket', paceMs: 100 },
    { model: 'org/m:7b', dimension: 'total_tokens', amount: 9, windowMs: 250, window: 'bucket', paceMs: 100 },
    { dimension: 'concurrency', amount: 32, windowMs: 0, window: 'bucket' },
  ]);
  expect(parseCommandLine(['--limits', 'none']).options.limits).toEqual([]);
});

describe('wrong use is named in one line', () => {
  test.each([
    [['--limits', 'requests=600'], 'limit "requests=600"'],
    [['--limits', 'reqs=600/60s'], 'expected one of requests'],
    [['--limits', 'requests=0x9/60s'], 'DIMENSION=AMOUNT/SPAN'],
    [['--limits', 'cost=5/60s'], 'which cost is not'],
    [['--window', 'round'], '--window'],
    [['--counting', 'never'], '--counting'],
    [['--latency', 'soon'], '--latency'],
    [['--port', '70000'], '--port'],
    [['--colour', 'red'], '--colour'],
    [['--port'], '--port'],
  ])('%j', (args, message) => {
    expect(() => parseCommandLine(args)).toThrow(message);
  });
});

test('the name of a model may say its timing', () => {
  const settings = settingsOf({ latencyMs: 7, models: { slow: { latencyMs: 900 } } });
  expect(timingOf('gpt-4o', settings).latencyMs).toBe(7);
  expect(timingOf('slow', settings)).toMatchObject({ latencyMs: 900, chunkEveryMs: 33 });
  expect(timingOf('gpt-latency-500ms-chunk-10ms-token-2ms', settings)).toEqual({ latencyMs: 500, chunkEveryMs: 10, tokenMs: 2 });
  expect(timingOf('gpt-instant', settings)).toEqual({ latencyMs: 0, chunkEveryMs: 0, tokenMs: 0 });
});
