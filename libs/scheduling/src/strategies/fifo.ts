/** First come, first served, whatever the priority and whoever asks. */
import type { Strategy } from '../strategy.ts';

export const fifo = (): Strategy => ({
  oneLine: true, fair: false, urgencyOf: () => 'ranked', restraintOf: () => undefined, granted: () => undefined,
});
