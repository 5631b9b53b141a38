/** By rank alone, in order of arrival inside a priority: what the others are measured against. */
import type { Strategy } from '../strategy.ts';

export const strict = (): Strategy => ({
  oneLine: false, fair: false, urgencyOf: () => 'ranked', restraintOf: () => undefined, granted: () => undefined,
});
