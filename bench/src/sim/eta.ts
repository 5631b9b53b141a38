/** How far off what was said of a wait at its beginning was, of waits of a second or more. */
import { quantile, sum } from '../statistics.ts';
import { formatTable } from '../table.ts';
import type { Measured } from './measured.ts';
import { percent } from './show.ts';

const LEAST_MS = 1_000;

export interface EtaErrors {
  readonly priority: string;
  /** Waits of that length, and those of them of which something was said. */
  readonly waits: number;
  readonly said: number;
  /** Of the difference to the actual wait, as a share of it. */
  readonly median: number;
  readonly p90: number;
  /** What was said by what was: above 1 it was too much. */
  readonly ratio: number;
}

export const etaErrors = ({ priorities }: Pick<Measured, 'priorities'>): readonly EtaErrors[] => priorities.map(({ name, waits, foreseen }) => {
  const long = waits.flatMap((waitMs, index) => (waitMs >= LEAST_MS ? [{ waitMs, saidMs: foreseen[index] ?? null }] : []));
  const said = long.flatMap(({ waitMs, saidMs }) => (saidMs === null ? [] : [{ waitMs, saidMs }]));
  const errors = said.map(({ waitMs, saidMs }) => Math.abs(saidMs - waitMs) / waitMs);
  return {
    priority: name, waits: long.length, said: said.length, median: quantile(errors, 0.5), p90: quantile(errors, 0.9),
    ratio: sum(said.map(({ saidMs }) => saidMs)) / sum(said.map(({ waitMs }) => waitMs)),
  };
});

export const showEta = (title: string, errors: readonly EtaErrors[]): string => formatTable({
  title: `${title}: what was said of waits of a second or more when they began, against what they were`,
  columns: ['', 'waits', 'said', 'median error %', 'p90 error %', 'said by actual'],
  rows: errors.map(({ priority, waits, said, median, p90, ratio }) =>
    [priority, String(waits), String(said), ...(said === 0 ? ['–', '–', '–'] : [percent(median), percent(p90), ratio.toFixed(2)])]),
  notes: ['Must: median ≤ 15 %, p90 ≤ 40 %.'],
});
