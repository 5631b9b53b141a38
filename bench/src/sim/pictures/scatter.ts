/** Wait against utilisation, a panel for each trace and limit: down and to the right is better. */
import type { Frontier } from '../frontier/frontier.ts';
import { frontOf, type Point } from '../frontier/verdict.ts';
import { COLOURS, dots, frame, line, type Panel, svg, text, xOf, yOf } from './svg.ts';

const PANEL = { width: 240, height: 150 };
const STEP = { x: 310, y: 215 };
const COLUMNS = 3;

export function scatter(frontiers: readonly Frontier[]): string {
  const rows = Math.ceil(frontiers.length / COLUMNS);
  const columns = Math.min(COLUMNS, frontiers.length);
  return svg(columns * STEP.x + 10, rows * STEP.y + 40, [
    text(55, 18, { words: '● default', more: `fill="${COLOURS.own}"` }),
    text(130, 18, { words: '● constant holds', more: `fill="${COLOURS.constant}"` }),
    text(240, 18, { words: '● forecasts with a floor', more: `fill="${COLOURS.simple}"` }),
    text(390, 18, { words: '┄ the trace alone · p99 wait against utilisation' }),
    ...frontiers.flatMap((frontier, index) => panelOf(frontier, index)),
  ]);
}

function panelOf({ trace, limit, aloneP99Ms, own, family }: Frontier, index: number): readonly string[] {
  const panel: Panel = {
    ...PANEL, left: 55 + (index % COLUMNS) * STEP.x, top: 50 + Math.floor(index / COLUMNS) * STEP.y, title: `${trace.replace(/\.(?:csv|jsonl)$/, '')} ${limit}`,
    x: { from: 0.8, to: 1, ticks: [0.8, 0.85, 0.9, 0.95, 1], label: (value) => `${Math.round(value * 100)} %` },
    y: { from: 0.01, to: 100, ticks: [0.01, 0.1, 1, 10, 100], label: (value) => `${value} s`, logarithmic: true },
  };
  const place = ({ utilisation, p99Ms }: Point): readonly [number, number] => [utilisation, p99Ms / 1_000];
  const shown = family.filter(({ utilisation }) => utilisation >= panel.x.from);
  const [constant, forecasts] = [shown.filter(({ name }) => name.startsWith('hold')), shown.filter(({ name }) => !name.startsWith('hold'))];
  const alone = yOf(panel, aloneP99Ms / 1_000);
  return [
    ...frame(panel),
    `<path d="M${xOf(panel, panel.x.from)} ${alone.toFixed(1)}h${panel.width}" stroke="${COLOURS.dark}" stroke-dasharray="3 3"/>`,
    line(panel, frontOf(shown).map(place), COLOURS.simple),
    dots(panel, forecasts.map(place), { fill: COLOURS.simple, radius: 1.8 }),
    dots(panel, constant.map(place), { fill: COLOURS.constant, radius: 2.6 }),
    dots(panel, [place(own)], { fill: COLOURS.own, radius: 5 }),
  ];
}
