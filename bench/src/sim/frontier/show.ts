/** The frontier as a table with a plot for each case, and as JSON. */
import { formatTable } from '../../table.ts';
import { percent, seconds } from '../show.ts';
import type { Frontier } from './frontier.ts';
import { plot } from './plot.ts';
import { frontOf } from './verdict.ts';

export function showFrontiers(frontiers: readonly Frontier[]): string {
  const plots = frontiers.map((frontier) => `${frontier.trace}, ${frontier.limit}\n${plot(frontier)}\n`);
  return [...plots, formatTable({
    title: 'the default against the best simple policy of each case, chosen in hindsight (p99 wait of the trace at utilisation of the limit)',
    columns: ['', 'limit', 'alone s', 'default s', 'at %', 'refusals', 'best simple s', 'at %', 'which', 'within'],
    rows: frontiers.map(({ trace, limit, aloneP99Ms, own, refusals, verdict: { best, within } }) => [
      trace, limit, seconds(aloneP99Ms), seconds(own.p99Ms), percent(own.utilisation), String(refusals),
      seconds(best.p99Ms), percent(best.utilisation), best.name, within ? 'yes' : 'NO',
    ]),
    notes: [
      `within: no longer than 10 % (or 100 ms) and no more than 2 points of utilisation behind any of ${frontiers[0]?.family.length ?? 0} simple policies.`,
      '· forecast with a floor, o constant hold, # the default, - the trace alone; down and to the right is better.',
    ],
  })].join('\n');
}

export const frontiersAsJson = (frontiers: readonly Frontier[]): string => JSON.stringify(frontiers.map(
  ({ trace, limit, aloneP99Ms, own, refusals, family, verdict: { best, within } }) =>
    ({ trace, limit, aloneP99Ms, default: own, refusals, best, within, front: frontOf(family) }),
));
