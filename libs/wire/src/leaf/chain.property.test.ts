/** A chain is the list that it stands for. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EMPTY_CHAIN, itemAt, itemsOf, linked, linkedAll, replaced } from './chain.ts';

test('what is linked comes back in its order, and the chain before it stays as it was', () =>
  fc.assert(fc.property(fc.array(fc.integer()), fc.array(fc.integer()), (first, more) => {
    const before = linkedAll(EMPTY_CHAIN, first);
    const after = linkedAll(before, more);
    expect(itemsOf(after)).toEqual([...first, ...more]);
    expect(after.length).toBe(first.length + more.length);
    expect(itemsOf(before)).toEqual(first);
  })));

test('an item is found and replaced where the list has it, and nowhere else', () =>
  fc.assert(fc.property(fc.array(fc.integer()), fc.integer({ min: -2, max: 12 }), (items, index) => {
    const chain = linkedAll(EMPTY_CHAIN, items);
    expect(itemAt(chain, index)).toBe(index < 0 ? undefined : items[index]);
    expect(itemsOf(replaced(chain, index, 7))).toEqual(index >= 0 && index < items.length ? items.with(index, 7) : items);
  })));

test('a chain longer than any stack is walked over', () => {
  let chain = linked<number>(EMPTY_CHAIN, 0);
  for (let n = 1; n < 200_000; n++) chain = linked(chain, n);
  expect(itemsOf(chain)).toHaveLength(200_000);
  expect(itemAt(chain, 0)).toBe(0);
});
