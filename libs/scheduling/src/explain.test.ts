/** The binding constraint of a lane, as data and as a sentence. */
import { expect, test } from 'vitest';
import { capacityOf, headOf, laneOf, limitOf, numbered, T0 } from '../test/words.ts';
import { explain, sentence } from './explain.ts';
import { initial } from './state.ts';
import { step } from './step.ts';

const why = (events: Parameters<typeof step>[1], head?: string) => {
  const { state } = step(initial(1), events, T0);
  return explain(state, { lane: 'l', ...(head === undefined ? {} : { head }) }, T0).constraint;
};

test('names what the connection says before anything else', () => {
  expect(explain(initial(1), { lane: 'l' }, T0).constraint).toEqual({ kind: 'capacity_unknown' });
  expect(why([capacityOf([], { paused: true }), laneOf('l', numbered(1))])).toEqual({ kind: 'paused' });
  expect(why([capacityOf([])])).toEqual({ kind: 'lane_unknown' });
});

test('names the limit that lacks room, the order of the lane, and the time before which a job must not start', () => {
  const full = [capacityOf([limitOf('requests', 1)]), laneOf('l', numbered(3))];
  expect(why(full)).toMatchObject({ kind: 'limit', limit: 'requests/*/60000', short: 1 });
  expect(why(full, 'job0002')).toMatchObject({ kind: 'lane_order', ahead: 1, first: { kind: 'limit', limit: 'requests/*/60000' } });
  expect(why([capacityOf([]), laneOf('l', [headOf('a', { notBefore: T0 + 5 })])])).toEqual({ kind: 'not_before', until: T0 + 5 });
});

test('names the booking that a small call may not pass', () => {
  const { state } = step(initial(1), [
    capacityOf([limitOf('input_tokens', 100)]), laneOf('k', [headOf('a', { inputTokens: 60 }), headOf('large', { inputTokens: 90 })]),
    laneOf('l', [headOf('small', { inputTokens: 20, createdAt: T0 + 1 })], { rank: 1 }),
  ], T0);
  const { constraint, version } = explain(state, { lane: 'l' }, T0);
  expect(constraint).toMatchObject({ kind: 'booking', lane: 'k', head: 'large' });
  expect(sentence(constraint, T0)).toBe('It would delay large of k, which is booked.');
  expect(version).toBe(1);
});
