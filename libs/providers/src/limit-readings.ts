/** Reading limits from headers: a row for each limit a provider states. */
import type { Dimension, LimitReading } from '@sluice/domain';
import { durationMs, instantMs } from './durations.ts';
import { headerOf, type Headers } from './provider.ts';

export interface LimitRow {
  readonly dimension: Dimension;
  /** Header names, in lower case. */
  readonly limit: string;
  readonly remaining: string;
  readonly reset: string | null;
  readonly resetIs: 'duration' | 'point_in_time';
  readonly windowMs: number | null;
  /** Header that says the window in seconds, where there is one. */
  readonly period?: string;
}

export function readLimits(rows: readonly LimitRow[], headers: Headers, receivedAt: number): readonly LimitReading[] {
  return rows.flatMap((row) => {
    const amount = numberIn(headers, row.limit);
    if (amount === null || amount <= 0) return [];
    const reset = row.reset === null ? null : headerOf(headers, row.reset);
    return [{
      dimension: row.dimension,
      amount,
      remaining: numberIn(headers, row.remaining),
      resetMs: reset === null ? null : row.resetIs === 'duration' ? durationMs(reset) : instantMs(reset, receivedAt),
      windowMs: periodMs(headers, row) ?? row.windowMs,
    }];
  });
}

function periodMs(headers: Headers, { period }: LimitRow): number | null {
  const seconds = period === undefined ? null : numberIn(headers, period);
  return seconds === null || seconds <= 0 ? null : seconds * 1_000;
}

function numberIn(headers: Headers, name: string): number | null {
  const text = headerOf(headers, name);
  if (text === null || text.trim() === '') return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}
