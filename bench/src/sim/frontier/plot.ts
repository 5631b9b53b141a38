/** The same picture for a terminal. */
import type { Frontier } from './frontier.ts';

const COLUMNS = 60;
const ROWS = 12;
const LEAST_UTILISATION = 0.8;
const WAITS = { leastMs: 10, mostMs: 100_000 };

/** `·` a forecast, `o` a constant hold, `#` the default, `-` the trace alone. Down and to the right is better. */
export function plot({ aloneP99Ms, own, family }: Frontier): string {
  const cells = Array.from({ length: ROWS }, () => Array.from({ length: COLUMNS }, () => ' '));
  cells[rowOf(aloneP99Ms)]?.fill('-');
  const mark = (sign: string, { utilisation, p99Ms }: { utilisation: number; p99Ms: number }): void => {
    const column = Math.round(((utilisation - LEAST_UTILISATION) / (1 - LEAST_UTILISATION)) * (COLUMNS - 1));
    const row = cells[rowOf(p99Ms)];
    if (row !== undefined && column >= 0) row[Math.min(COLUMNS - 1, column)] = sign;
  };
  for (const point of family) mark(point.name.startsWith('hold') ? 'o' : '·', point);
  mark('#', own);
  const labels = cells.map((_, row) => (row % 3 === 0 ? `${Number((waitOf(row) / 1_000).toPrecision(1))} s` : '').padStart(7));
  return [...cells.map((row, index) => `${labels[index]} │${row.join('')}`), `${' '.repeat(8)}80 %${'90 %'.padStart(COLUMNS / 2)}${'100 %'.padStart(COLUMNS / 2 - 3)}`].join('\n');
}

const spanOfWaits = Math.log(WAITS.mostMs / WAITS.leastMs);
const rowOf = (ms: number): number =>
  Math.round((1 - Math.min(1, Math.max(0, Math.log(Math.max(ms, 1) / WAITS.leastMs) / spanOfWaits))) * (ROWS - 1));
const waitOf = (row: number): number => WAITS.leastMs * Math.exp((1 - row / (ROWS - 1)) * spanOfWaits);
