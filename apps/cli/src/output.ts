/** What is printed: tables for people, JSON for scripts. Pure. */
import type { Told } from './api.ts';

/** Columns as wide as they must be; numbers stand on the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => (row[column] ?? '').length)));
  const isNumber = head.map((_, column) => rows.length > 0 && rows.every((row) => /^[\d.,]*( ?(ms|s|min|h|d|%|\/s|\/min))?$|^-$/.test(row[column] ?? '')));
  const line = (row: readonly string[]) => row.map((cell, column) => (isNumber[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0))).join('  ').trimEnd();
  return [line(head), ...rows.map(line)].join('\n');
}

export const json = (value: unknown): string => JSON.stringify(value, null, 2);

/** The list in an answer. */
export const dataOf = (told: Told): readonly Told[] => (told['data'] as readonly Told[] | undefined) ?? []; // as the API promises

export const text = (value: unknown): string => (value === null || value === undefined || value === '' ? '-' : String(value));

/** `1500` → `1.5 s` */
export function duration(ms: unknown): string {
  if (typeof ms !== 'number') return '-';
  if (ms < 1_000) return `${Math.round(ms)} ms`;
  if (ms < 60_000) return `${(ms / 1_000).toFixed(1)} s`;
  if (ms < 3_600_000) return `${(ms / 60_000).toFixed(1)} min`;
  return ms < 172_800_000 ? `${(ms / 3_600_000).toFixed(1)} h` : `${(ms / 86_400_000).toFixed(1)} d`;
}

/** How long ago that was. */
export const ago = (at: unknown, now: number): string => (typeof at === 'number' ? duration(Math.max(0, now - at)) : '-');

/** `[#####-----]` */
export function bar(part: number, whole: number, width = 30): string {
  const full = whole <= 0 ? 0 : Math.min(width, Math.round((part / whole) * width));
  return `[${'#'.repeat(full)}${'-'.repeat(width - full)}]`;
}
