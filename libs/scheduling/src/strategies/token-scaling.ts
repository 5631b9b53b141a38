/** Pools whose shares scale with demand. */
import type { Strategy } from '../strategy.ts';

export const tokenScaling = (): Strategy => ({
  oneLine: false, fair: true, urgencyOf: () => 'ranked', restraintOf: () => undefined, granted: () => undefined,
});
