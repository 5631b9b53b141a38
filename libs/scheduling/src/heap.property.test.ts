import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Heap, type Placed } from './heap.ts';

interface Item extends Placed {
  key: number;
  readonly id: number;
}

test('the first is the least of those that are in, after any adding, moving and taking out', () => {
  const action = fc.record({ item: fc.nat(15), key: fc.nat(20), kind: fc.constantFrom('put', 'put', 'remove') });
  fc.assert(fc.property(fc.array(action, { maxLength: 120 }), (actions) => {
    const heap = new Heap<Item>((a, b) => (a.key !== b.key ? a.key < b.key : a.id < b.id));
    const items = Array.from({ length: 16 }, (_, id): Item => ({ id, key: 0, place: -1 }));
    const inside = new Set<Item>();
    for (const { item: id, key, kind } of actions) {
      const item = items[id];
      if (item === undefined) continue;
      if (kind === 'remove') {
        heap.remove(item);
        inside.delete(item);
      } else {
        item.key = key;
        heap.put(item);
        inside.add(item);
      }
      const [least] = [...inside].sort((a, b) => a.key - b.key || a.id - b.id);
      expect(heap.peek()).toBe(least);
      expect(items.filter(({ place }) => place >= 0).length).toBe(inside.size);
    }
  }), { numRuns: 500 });
});
