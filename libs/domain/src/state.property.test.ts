import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFinal, mayBecome, TRANSITIONS, type JobState } from './state.ts';

const states = Object.keys(TRANSITIONS) as JobState[]; // its own keys

test('nothing leaves a final state', () => {
  for (const from of states.filter(isFinal)) for (const to of states) expect(mayBecome(from, to)).toBe(false);
});

test('any walk ends in at most one final state, and completes only from running', () => {
  fc.assert(fc.property(fc.array(fc.constantFrom(...states), { maxLength: 30 }), (wishes) => {
    let state: JobState = 'queued';
    let finals = 0;
    for (const to of wishes) {
      if (!mayBecome(state, to)) continue;
      if (to === 'completed') expect(state).toBe('running');
      state = to;
      if (isFinal(to)) finals += 1;
    }
    expect(finals).toBeLessThanOrEqual(1);
  }));
});
