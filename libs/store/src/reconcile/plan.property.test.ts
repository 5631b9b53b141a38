import fc from 'fast-check';
import { expect, test } from 'vitest';
import { plan, same } from './plan.ts';
import type { Row, Rows } from './rows.ts';

const row = fc.record({ name: fc.constantFrom('a', 'b', 'c', 'd'), managed: fc.boolean(), amount: fc.nat(2) });
const rowsOf = (rows: fc.Arbitrary<Row[]>): fc.Arbitrary<Rows> =>
  fc.record({ connection: rows, priority: rows, resource: rows, api_key: rows });
const byName = { selector: (each: Row) => each.name };
const stored = rowsOf(fc.uniqueArray(row, byName));
const wanted = rowsOf(fc.uniqueArray(row.map((each) => ({ ...each, managed: true })), byName));

/** The rows of one kind after the plan's steps, by name. */
function after(current: Rows, desired: Rows, kind: keyof Rows): Map<string, Row> {
  const rows = new Map(current[kind].map((each) => [each.name, each]));
  for (const step of plan(current, desired)) {
    if (step.kind !== kind) continue;
    if (step.change.action === 'deleted') rows.delete(step.row.name);
    else rows.set(step.row.name, step.row);
  }
  return rows;
}

test('afterwards there is what is desired and what nobody declared, and then nothing is left to do', () => {
  fc.assert(fc.property(stored, wanted, (current, desired) => {
    for (const kind of ['connection', 'priority', 'resource', 'api_key'] as const) {
      const wantedNames = new Set(desired[kind].map(({ name }) => name));
      const kept = current[kind].filter((each) => each['managed'] === false && !wantedNames.has(each.name));
      const expected = new Map([...kept, ...desired[kind]].map((each) => [each.name, each]));
      expect(after(current, desired, kind)).toEqual(expected);
      const rows = { ...current, [kind]: [...expected.values()] };
      expect(plan(rows, desired).filter((step) => step.kind === kind)).toEqual([]);
    }
  }));
});

test('a change names what was and what is, without what is secret', () => {
  const none: Rows = { connection: [], priority: [], resource: [], api_key: [] };
  const key = { name: 'k', hash: 'f'.repeat(64), managed: true };
  const [created] = plan(none, { ...none, api_key: [key] });
  expect(created?.change).toMatchObject({ action: 'created', before: null, after: { name: 'k' } });
  expect(created?.row).toEqual(key);
  const [updated] = plan({ ...none, api_key: [key] }, { ...none, api_key: [{ ...key, hash: 'e'.repeat(64) }] });
  expect(updated?.change.before?.['hash']).toMatch(/^#[0-9a-f]{8}$/);
  expect(updated?.change.before?.['hash']).not.toBe(updated?.change.after?.['hash']);
  expect(JSON.stringify(updated?.change)).not.toMatch(/f{8}|e{8}/);
});

test('two values are the same whatever the order of their keys, and lists only in their order', () => {
  expect(same({ a: 1, b: [{ c: 1, d: null }] }, { b: [{ d: null, c: 1 }], a: 1 })).toBe(true);
  expect(same([1, 2], [2, 1])).toBe(false);
  expect(same({ a: null }, {})).toBe(false);
});
