import { fileURLToPath } from 'node:url';
import { WINDOWS } from '@sluice/domain';
import { describe, expect, test } from 'vitest';
import { openTrace } from './arrivals/open-trace.ts';
import { BASELINES, DEFAULT } from './line-up.ts';
import { summarize, type Summary } from './measured.ts';
import { parseOptions } from './options.ts';
import { planScenario } from './plan.ts';
import type { Policy } from './policy.ts';
import forecast from './policies/forecast.ts';
import retryingClients from './policies/retrying-clients.ts';
import strict from './policies/strict.ts';
import { simulate } from './simulate.ts';

const TRACE = fileURLToPath(new URL('../../fixtures/six-minutes.csv', import.meta.url));

function figuresOf(policy: Policy, ...args: readonly string[]): Summary {
  const options = parseOptions(['--trace', TRACE, ...args]);
  return summarize(simulate(planScenario(options, options.traces.map((name) => openTrace(name, options.seed))), policy));
}
const p99Of = (summary: Summary, name: string): number => summary.priorities.find((priority) => priority.name === name)?.p99Ms ?? NaN;
const servedOf = (summary: Summary, name: string): number => summary.priorities.find((priority) => priority.name === name)?.served ?? NaN;
const usedOf = ({ limits }: Summary): number => limits[0]?.utilisation ?? NaN;

describe('the default is never refused when its estimates hold,', () => {
  test.each(WINDOWS.flatMap((window) => [[], ['--pace', '1s']].flatMap((pace) =>
    [['--limit', 'total_tokens=2x/60s'], ['--limit', 'requests=2x/60s', '--limit', 'concurrency=4'], ['--counting', 'maximum_at_admission'], ['--token-time', '20ms']]
      .map((rest) => ['--window', window, ...pace, ...rest]))))('whatever the limit: %s %s %s %s %s %s', (...args) => {
    const figures = figuresOf(DEFAULT, '--estimates', 'exact', ...args);
    expect(figures.refusals).toBe(0);
    expect(servedOf(figures, 'urgent')).toBe(720);
  });
});

test('nor while it learns them', () => {
  expect(figuresOf(DEFAULT).refusals).toBe(0);
});

test('every job of the trace is served once, by every policy', () => {
  for (const policy of Object.values(BASELINES)) expect(servedOf(figuresOf(policy), 'urgent'), policy.name).toBe(720);
}, 30_000);

test('without fill, at twice the mean, nobody waits long', () => {
  const alone = figuresOf(DEFAULT, '--fill', 'none');
  expect(alone.priorities.map(({ name }) => name)).toEqual(['urgent']);
  expect(p99Of(alone, 'urgent')).toBeLessThan(1_000);
});

test('two implementations of strict priority, the core’s aside, wait for about as long as the window is', () => {
  expect(p99Of(figuresOf(strict), 'urgent')).toBeGreaterThan(20_000);
  expect(usedOf(figuresOf(strict))).toBeGreaterThan(0.99);
});

test('a forecast waits far less than strict priority for little of the limit', () => {
  const [held, alone] = [figuresOf(forecast), figuresOf(strict)];
  expect(p99Of(held, 'urgent')).toBeLessThan(p99Of(alone, 'urgent') / 3);
  expect(usedOf(held)).toBeGreaterThan(usedOf(alone) - 0.1);
});

test('clients that only retry are refused more often than they are served', () => {
  const figures = figuresOf(retryingClients);
  expect(figures.refusals).toBeGreaterThan(servedOf(figures, 'urgent') + servedOf(figures, 'batch'));
});

test('jobs past their deadline are missed and not served', () => {
  const figures = figuresOf(strict, '--deadline', '5s');
  expect(figures.deadlineMisses).toBeGreaterThan(0);
  expect(servedOf(figuresOf(strict), 'urgent')).toBeGreaterThan(servedOf(figures, 'urgent'));
});

test('tenants are dealt the trace, and several traces come as several priorities', () => {
  expect(figuresOf(DEFAULT, '--tenants', '3').serviceGap).toBeGreaterThan(0);
  const two = figuresOf(DEFAULT, '--trace', TRACE, '--priority', 'urgent', '--priority', 'normal');
  expect(two.priorities.map(({ name, served }) => [name, served])).toEqual([['urgent', 720], ['normal', 720], ['batch', expect.any(Number)]]);
});
