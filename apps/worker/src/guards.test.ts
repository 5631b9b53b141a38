import type { Connection } from '@sluice/domain';
import { expect, test } from 'vitest';
import { openGuards } from './guards.ts';

const connection = (guardMs: number): Connection => ({
  id: 'con_1', name: 'main', provider: 'openai', baseUrl: 'http://127.0.0.1/v1', sealedCredentials: null, limits: [], guardMs, headroom: 'off',
  slotShare: 50, state: 'enabled',
});

test('the guard doubles with each refusal, up to a second, and never falls below what is configured', () => {
  const guards = openGuards();
  const seen = Array.from({ length: 8 }, () => {
    guards.refused(connection(20));
    return guards.msOf(connection(20));
  });
  expect(seen).toEqual([40, 80, 160, 320, 640, 1_000, 1_000, 1_000]);
  expect(guards.msOf(connection(1_500))).toBe(1_500);
  expect(guards.msOf({ ...connection(20), id: 'con_2' })).toBe(20);
});
