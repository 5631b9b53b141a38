import { expect, test } from 'vitest';
import { openCooldowns } from './cooldowns.ts';

const place = (c: string, m = 'm', ga = 1_000) => ({ c, m, ga });

test('a refused connection is closed for all its models until its time, and no other is', () => {
  const cooldowns = openCooldowns();
  cooldowns.refused(place('c1'), { heardAt: 1_000, until: 31_000, scope: 'connection' });
  expect(cooldowns.closing(place('c1', 'other'), 30_999)).toMatchObject({ until: 31_000 });
  expect(cooldowns.closing(place('c1'), 31_000)).toBeUndefined();
  expect(cooldowns.closing(place('c2'), 2_000)).toBeUndefined();
});

test('a refused model leaves the others of its connection open', () => {
  const cooldowns = openCooldowns();
  cooldowns.refused(place('c1', 'm1'), { heardAt: 1_000, until: 5_000, scope: 'model' });
  expect(cooldowns.closing(place('c1', 'm1'), 2_000)).toMatchObject({ scope: 'model' });
  expect(cooldowns.closing(place('c1', 'm2'), 2_000)).toBeUndefined();
});

test('of several the longest counts, whichever was heard last', () => {
  const cooldowns = openCooldowns();
  cooldowns.refused(place('c1'), { heardAt: 1_000, until: 9_000, scope: 'connection' });
  cooldowns.refused(place('c1'), { heardAt: 1_100, until: 2_000, scope: 'connection' });
  cooldowns.refused(place('c1'), { heardAt: 1_200, until: 12_000, scope: 'model' });
  expect(cooldowns.closing(place('c1', 'other'), 3_000)).toMatchObject({ until: 9_000 });
  expect(cooldowns.closing(place('c1'), 3_000)).toMatchObject({ until: 12_000 });
});

test('what was granted when the scheduler knew of the refusal goes', () => {
  const cooldowns = openCooldowns();
  cooldowns.refused(place('c1'), { heardAt: 1_000, until: 60_000, scope: 'connection' });
  expect(cooldowns.closing(place('c1', 'm', 5_999), 6_000)).toBeDefined();
  expect(cooldowns.closing(place('c1', 'm', 6_000), 6_001)).toBeUndefined();
});
