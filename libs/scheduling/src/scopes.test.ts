/** Limits that span connections: spent as far as they are lent, all that cover a call at once, and nobody held up by another's. */
import { expect, test } from 'vitest';
import { capacityOf, grantsOf, headOf, laneOf, limitOf, settledOf, T0 } from '../test/words.ts';
import { explain, initial, step, useOfScopes, type Event, type State, type Step } from './index.ts';

const scopeOf = (scope: string, ...limits: readonly ReturnType<typeof limitOf>[]): Event =>
  ({ kind: 'scope', scope, limits: limits.map((state) => ({ ...state, id: `${scope}|${state.id}`, kind: 'shared' })) });
const lend = (limit: string, amount: number): Event => ({ kind: 'tranche', limit, amount });
const REQUESTS = 'requests/*/60000';
const of = (id: string, scopes: readonly string[]) => headOf(id, { scopes });
const ids = (result: Step): string[] => grantsOf(result).map(({ head }) => head);
const taken = (state: State, now: number): number[] => useOfScopes(state, now).map((use) => use.taken);

test('nothing goes before a part of its limit is lent, and no more than that', () => {
  const told = [capacityOf([]), scopeOf('key:a', limitOf('requests', 10)), laneOf('l', ['1', '2', '3'].map((id) => of(id, ['key:a'])))];
  const first = step(initial(1), told, T0);
  expect(ids(first)).toEqual([]);
  expect(useOfScopes(first.state, T0)).toEqual([{ limit: `key:a|${REQUESTS}`, taken: 0, asked: 3, lent: 0, isOpen: false }]);
  const second = step(first.state, [lend(`key:a|${REQUESTS}`, 2)], T0 + 1);
  expect(ids(second)).toEqual(['1', '2']);
  expect(explain(second.state, { lane: 'l', head: '3' }, T0 + 1).constraint).toMatchObject({ kind: 'limit', limit: `key:a|${REQUESTS}` });
});

test('a key without room holds up nobody else of its line, and goes as soon as its window frees', () => {
  const { state, ...first } = step(initial(1), [
    capacityOf([]), scopeOf('key:a', limitOf('requests', 1)), lend(`key:a|${REQUESTS}`, 1),
    laneOf('a', ['a1', 'a2'].map((id) => of(id, ['key:a']))), ...Array.from({ length: 20 }, (_, i) => laneOf(`b${i}`, [headOf(`b${i}`)])),
  ], T0);
  expect(ids({ state, ...first }).length).toBe(21);
  const arrived = step(state, [settledOf(first.decisions.flatMap((one) => (one.kind === 'grant' && one.head === 'a1' ? [one.permit] : []))[0] ?? 0, T0 + 5, { reservation: { model: 'm', inputTokens: 10, outputTokens: 10, extraOutputTokens: 0, scopes: ['key:a'] } })], T0 + 10);
  expect(ids(step(arrived.state, [], T0 + 60_000))).toEqual([]);
  expect(ids(step(arrived.state, [], T0 + 60_100))).toEqual(['a2']);
});

test('a call takes from all that cover it at once, or from none', () => {
  const told = [
    capacityOf([]), scopeOf('key:a', limitOf('requests', 5)), scopeOf('source:s', limitOf('input_tokens', 15)),
    lend(`key:a|${REQUESTS}`, 5), lend('source:s|input_tokens/*/60000', 15),
    laneOf('l', ['1', '2'].map((id) => of(id, ['key:a', 'source:s']))),
  ];
  const { state, ...rest } = step(initial(1), told, T0);
  expect(ids({ state, ...rest })).toEqual(['1']);
  expect(taken(state, T0)).toEqual([1, 10]);
});

test('what was not used comes back, and a forgotten scope holds nobody', () => {
  const reservation = { model: 'm', inputTokens: 10, outputTokens: 10, extraOutputTokens: 0, scopes: ['key:a'] };
  const { state } = step(initial(1), [
    capacityOf([]), scopeOf('key:a', limitOf('total_tokens', 20)), lend('key:a|total_tokens/*/60000', 20), laneOf('l', ['1', '2'].map((id) => of(id, ['key:a']))),
  ], T0);
  expect(taken(state, T0)).toEqual([20]);
  const settled = step(state, [settledOf(1, T0 + 1, { reservation, inputTokens: 3, outputTokens: 4 })], T0 + 3);
  expect(taken(settled.state, T0 + 3)).toEqual([7]);
  expect(ids(step(settled.state, [{ kind: 'scope', scope: 'key:a', limits: [] }], T0 + 4))).toEqual(['2']);
});
