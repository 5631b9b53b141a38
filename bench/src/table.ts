/** One table on standard output: columns aligned, numbers to the right. */
import type { Spread } from './statistics.ts';

export interface Table {
  /** The question it answers. */
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Targets, and whatever must be known to read it rightly. */
  readonly notes: readonly string[];
}

export function formatTable({ title, columns, rows, notes }: Table): string {
  const widths = columns.map((column, index) => Math.max(column.length, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells.map((cell, index) => (index === 0 ? cell.padEnd(widths[index] ?? 0) : cell.padStart(widths[index] ?? 0))).join('  ').trimEnd();
  return [title, '', line(columns), widths.map((width) => '─'.repeat(width)).join('  '), ...rows.map(line), '', ...notes].join('\n');
}

/** `12.3 (11.9–13.0)`; one round has no spread to show. */
export function showSpread({ median, least, most }: Spread, digits = 1): string {
  const show = (value: number) => (Number.isNaN(value) ? '–' : value.toFixed(digits));
  return show(least) === show(most) ? show(median) : `${show(median)} (${show(least)}–${show(most)})`;
}
