/** What providers say of their limits, and what is made of it. */
import type { LimitReading } from '@sluice/domain';
import { describe, expect, test } from 'vitest';
import { capacityOf, laneOf, limitOf, numbered, settledOf, T0 } from '../test/words.ts';
import { useOfLimits } from './inspect.ts';
import { initial } from './state.ts';
import { step } from './step.ts';
import type { State } from './state.ts';
import type { Event, LimitState } from './types.ts';

const readingOf = (amount: number, rest: Partial<LimitReading> = {}): LimitReading =>
  ({ dimension: 'requests', amount, remaining: null, resetMs: null, windowMs: null, ...rest });
const heardOf = (readings: readonly LimitReading[], rest: Partial<Extract<Event, { kind: 'heard' }>> = {}): Event =>
  ({ kind: 'heard', permit: 1, model: 'm', answer: 'ok', grantedAt: T0, sentAt: T0, at: T0 + 50, readings, ...rest });

/** One call was made under these limits, and this was heard with its answer. */
function after(limits: readonly LimitState[], heard: Event): State {
  const { state } = step(initial(1), [capacityOf(limits), laneOf('l', numbered(1))], T0);
  return step(state, [heard, settledOf(1, T0 + 50)], T0 + 100).state;
}
const amounts = (state: State, now = T0 + 100): readonly (readonly [string, number])[] =>
  useOfLimits(state, now).map(({ id, amount }) => [id, amount]);

describe('a stated limit', () => {
  test('that nobody configured is learned for the model that was called', () => {
    expect(amounts(after([], heardOf([readingOf(500)])))).toEqual([['learned/requests/m/60000', 500]]);
  });

  test('is that of the same window: the lower holds, and a higher one changes nothing', () => {
    const own = limitOf('requests', 100, { model: 'm' });
    expect(amounts(after([own], heardOf([readingOf(40)])))).toEqual([[own.id, 40]]);
    expect(amounts(after([own], heardOf([readingOf(400)])))).toEqual([[own.id, 100]]);
  });

  test('of the very amount configured is that limit, whatever window its header leaves unsaid', () => {
    const daily = limitOf('requests', 1_000, { model: 'm', windowMs: 86_400_000 });
    expect(amounts(after([daily], heardOf([readingOf(1_000)])))).toEqual([[daily.id, 1_000]]);
    expect(amounts(after([daily], heardOf([readingOf(999)])))).toEqual([[daily.id, 1_000], ['learned/requests/m/60000', 999]]);
  });

  test('of one model leaves that of the connection as it is, and stands beside it where it is lower', () => {
    const whole = limitOf('requests', 100);
    expect(amounts(after([whole], heardOf([readingOf(40)])))).toEqual([[whole.id, 100], ['learned/requests/m/60000', 40]]);
    expect(amounts(after([whole], heardOf([readingOf(400)])))).toEqual([[whole.id, 100]]);
  });

  test('of another dimension is not meant', () => {
    const own = limitOf('requests', 100, { model: 'm' });
    expect(amounts(after([own], heardOf([readingOf(100, { dimension: 'input_tokens' })]))))
      .toEqual([[own.id, 100], ['learned/input_tokens/m/60000', 100]]);
  });
});

describe('a refusal', () => {
  const limits = [limitOf('requests', 100), limitOf('input_tokens', 20)];

  test('that nothing explains cuts the fullest limit; a header that says which is used up, that one', () => {
    const refused = (readings: readonly LimitReading[]) => amounts(after(limits, heardOf(readings, { answer: 'refused' })));
    expect(refused([])).toEqual([['requests/*/60000', 100], ['input_tokens/*/60000', 14]]);
    expect(refused([readingOf(100, { remaining: 0 })])).toEqual([['requests/*/60000', 70], ['input_tokens/*/60000', 20]]);
  });

  test('that a lower stated limit explains cuts nothing besides', () => {
    const own = limitOf('requests', 100, { model: 'm' });
    const { state } = step(initial(1), [capacityOf([own]), laneOf('l', numbered(2))], T0);
    step(state, [heardOf([readingOf(80)]), settledOf(1, T0 + 50)], T0 + 100);
    step(state, [heardOf([readingOf(60)], { permit: 2, answer: 'refused' }), settledOf(2, T0 + 50)], T0 + 200);
    expect(amounts(state, T0 + 200)).toEqual([[own.id, 60]]);
  });

  test('is forgotten in the end: the limit grows back to the whole', () => {
    const state = after(limits, heardOf([], { answer: 'refused' }));
    step(state, [], T0 + 3_600_000);
    expect(amounts(state, T0 + 3_600_000)).toEqual([['requests/*/60000', 100], ['input_tokens/*/60000', 20]]);
  });
});

test('less remaining than we counted is somebody else: charged at once', () => {
  const own = limitOf('requests', 100, { model: 'm' });
  const first = after([own], heardOf([readingOf(100, { remaining: 99 })]));
  const { state } = step(first, [laneOf('l', numbered(1, 'next'))], T0 + 1_000);
  step(state, [heardOf([readingOf(100, { remaining: 58 })], { permit: 2, grantedAt: T0 + 1_000, sentAt: T0 + 1_000, at: T0 + 1_050 }), settledOf(2, T0 + 1_050)], T0 + 1_100);
  expect(useOfLimits(state, T0 + 1_100)[0]?.taken).toBeGreaterThanOrEqual(42);
});
