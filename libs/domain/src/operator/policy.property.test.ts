import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { matchesPattern, permits, type Statement } from './policy.ts';
import { mayDo, mayEnter, ROLES, type Role } from './roles.ts';

const pattern = fc.string({ unit: fc.constantFrom('a', 'b', '/', ':', '*', '?'), maxLength: 12 });
const text = fc.string({ unit: fc.constantFrom('a', 'b', '/', ':'), maxLength: 12 });
const statement: fc.Arbitrary<Statement> = fc.record({
  effect: fc.constantFrom('allow', 'deny'), actions: fc.array(pattern, { maxLength: 3 }), resources: fc.array(pattern, { maxLength: 3 }),
});
const wish = fc.record({ action: text, resource: text });

test('a pattern matches what the same regular expression matches, from end to end', () => {
  fc.assert(fc.property(pattern, text, (one, other) => {
    const expression = new RegExp(`^${[...one].map((each) => (each === '*' ? '.*' : each === '?' ? '.' : each)).join('')}$`);
    return matchesPattern(one, other) === expression.test(other);
  }), { numRuns: 2_000 });
});

test('a pattern made to be slow is not', () => {
  expect(matchesPattern('*a'.repeat(50), `${'a'.repeat(5_000)}b`)).toBe(false);
});

describe('statements', () => {
  test('nothing is allowed by none', () => fc.assert(fc.property(wish, (asked) => !permits([], asked))));

  test('a denial wins whatever else is said, and wherever it stands', () => {
    fc.assert(fc.property(fc.array(statement), wish, fc.nat(), (others, asked, at) => {
      const denial: Statement = { effect: 'deny', actions: [asked.action], resources: ['*'] };
      return !permits([...others.slice(0, at), denial, ...others.slice(at)], asked);
    }));
  });

  test('one more permission never takes one away', () => {
    fc.assert(fc.property(fc.array(statement), statement, wish, (others, more, asked) =>
      !permits(others, asked) || more.effect === 'deny' || permits([...others, more], asked)));
  });
});

describe('roles', () => {
  const has = (role: Role, environment: string | null = null) => ({ assignments: [{ role, environment }] });
  const inside = (id: string) => `environment/${id}/connections/main`;

  test('grow: what a role may do, the next may', () => {
    const actions = ['connections:read', 'connections:pause', 'jobs:cancel', 'keys:create', 'users:create', 'users:read'];
    for (const [index, role] of ROLES.slice(1).entries()) {
      for (const action of actions) {
        const before = mayDo(has(ROLES[index] ?? 'viewer'), { action, resource: 'environment/e/x' });
        expect(!before || mayDo(has(role), { action, resource: 'environment/e/x' }), `${role} ${action}`).toBe(true);
      }
    }
  });

  test('of one environment say nothing in another, nor of what belongs to none', () => {
    for (const role of ROLES) {
      expect(mayDo(has(role, 'a'), { action: 'connections:read', resource: inside('a') })).toBe(true);
      expect(mayDo(has(role, 'a'), { action: 'connections:read', resource: inside('ab') })).toBe(false);
      expect(mayDo(has(role, 'a'), { action: 'users:read', resource: 'installation/users' })).toBe(false);
      expect([mayEnter(has(role, 'a'), 'a'), mayEnter(has(role, 'a'), 'b'), mayEnter(has(role), 'b')]).toEqual([true, false, true]);
    }
  });

  test('viewers read, operators act, admins configure', () => {
    const may = (role: Role, action: string) => mayDo(has(role), { action, resource: inside('a') });
    expect(ROLES.map((role) => may(role, 'connections:read'))).toEqual([true, true, true]);
    expect(ROLES.map((role) => may(role, 'connections:pause'))).toEqual([false, true, true]);
    expect(ROLES.map((role) => may(role, 'keys:create'))).toEqual([false, false, true]);
    expect(ROLES.map((role) => mayDo(has(role), { action: 'users:read', resource: 'installation/users' }))).toEqual([false, false, true]);
    expect(mayDo({ assignments: [] }, { action: 'tokens:create', resource: 'own/tokens' })).toBe(true);
    expect(mayDo({ assignments: [] }, { action: 'connections:read', resource: inside('a') })).toBe(false);
  });
});
