import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Agenda } from './agenda.ts';

test('what is due comes out by time, and first in first out within one instant', () => fc.assert(fc.property(
  fc.array(fc.oneof(fc.nat({ max: 20 }), fc.constant('take' as const))), (moves) => {
    const agenda = new Agenda<{ at: number; number: number }>();
    const left: { at: number; number: number }[] = [];
    moves.forEach((move, number) => {
      if (move !== 'take') {
        left.push({ at: move, number });
        return agenda.add(move, { at: move, number });
      }
      left.sort((a, b) => a.at - b.at || a.number - b.number);
      expect(agenda.nextAt).toBe(left[0]?.at ?? Infinity);
      expect(agenda.take()).toEqual(left.shift());
    });
  },
)));
