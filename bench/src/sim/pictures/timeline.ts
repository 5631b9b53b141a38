/** Waits and utilisation over the time of a run. */
import type { Measured, Waits } from '../measured.ts';
import type { Use } from '../provider.ts';
import { COLOURS, frame, line, type Panel, svg, text } from './svg.ts';

const WIDTH = 860;
const PANEL = { left: 60, width: 780, height: 150 };
/** As wide as the picture is fine. */
const BINS = 300;
const LINES = [COLOURS.own, COLOURS.constant, COLOURS.second];

export interface Shown {
  readonly name: string;
  readonly measured: Measured;
}

/** Above, the longest wait of those who arrived then; below, what was used of each limit in the window before. */
export function timeline({ name, measured }: Shown): string {
  const { lengthMs, priorities, uses } = measured;
  const minutes = lengthMs / 60_000;
  const x = { from: 0, to: minutes, ticks: minuteTicks(minutes), label: (value: number) => `${value} min` };
  const waits: Panel = {
    ...PANEL, top: 30, title: `${name}: longest wait by time of arrival`, x,
    y: { from: 0.01, to: 1_000, ticks: [0.01, 0.1, 1, 10, 100, 1_000], label: (value) => `${value} s`, logarithmic: true },
  };
  const used: Panel = {
    ...PANEL, top: 240, title: 'used of each limit in the window before', x,
    y: { from: 0, to: 1, ticks: [0, 0.5, 1], label: (value) => `${value * 100} %` },
  };
  const colour = (index: number): string => LINES[index % LINES.length] ?? COLOURS.dark;
  return svg(WIDTH, 425, [
    ...frame(waits), ...priorities.map((one, index) => line(waits, longestWaits(one, lengthMs), colour(index))),
    ...frame(used), ...uses.map((use, index) => line(used, usedBefore(use, lengthMs), colour(index))),
    ...priorities.map((one, index) => text(PANEL.left + PANEL.width - 200 + 70 * index, 22, { words: one.name, more: `fill="${colour(index)}" font-weight="600"` })),
  ]);
}

const minuteTicks = (minutes: number): readonly number[] => {
  const every = [1, 2, 5, 10, 15, 30, 60].find((step) => minutes / step <= 8) ?? 120;
  return Array.from({ length: Math.floor(minutes / every) + 1 }, (_, index) => index * every);
};

/** Of the moments in which somebody arrived. */
function longestWaits({ at, waits }: Waits, lengthMs: number): readonly (readonly [number, number])[] {
  const longest = new Map<number, number>();
  at.forEach((arrival, index) => {
    const bin = Math.min(BINS - 1, Math.floor((arrival / lengthMs) * BINS));
    longest.set(bin, Math.max(longest.get(bin) ?? 0, waits[index] ?? 0));
  });
  return [...longest].sort(([a], [b]) => a - b).map(([bin, wait]) => [((bin + 0.5) * lengthMs) / BINS / 60_000, wait / 1_000]);
}

function usedBefore({ limit, at, amounts }: Use, lengthMs: number): readonly (readonly [number, number])[] {
  const windowMs = limit.windowMs > 0 ? limit.windowMs : 60_000;
  const whole = limit.windowMs > 0 ? limit.amount : limit.amount * windowMs;
  const points: (readonly [number, number])[] = [];
  let [next, gone, held] = [0, 0, 0];
  for (let bin = 1; bin <= BINS; bin += 1) {
    const now = (bin * lengthMs) / BINS;
    for (; (at[next] ?? Number.POSITIVE_INFINITY) <= now; next += 1) held += amounts[next] ?? 0;
    for (; gone < next && (at[gone] ?? 0) <= now - windowMs; gone += 1) held -= amounts[gone] ?? 0;
    points.push([now / 60_000, held / whole]);
  }
  return points;
}
