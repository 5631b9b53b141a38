/** The few shapes of our pictures, as SVG text: axes, lines, dots. Readable on white and small enough to be kept with the docs. */

export interface Axis {
  readonly from: number;
  readonly to: number;
  readonly ticks: readonly number[];
  readonly label: (value: number) => string;
  readonly logarithmic?: boolean;
}

export interface Panel {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly title: string;
  readonly x: Axis;
  readonly y: Axis;
}

export const COLOURS = { own: '#d33c1f', simple: '#9aa4b2', constant: '#3178c6', dark: '#1f2933', faint: '#e3e7ec', second: '#2b8a5b' } as const;

/** A whole picture; texts inside are escaped by `text`. */
export const svg = (width: number, height: number, parts: readonly string[]): string => [
  `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" font-family="system-ui,sans-serif" font-size="11" fill="${COLOURS.dark}">`,
  `<rect width="${width}" height="${height}" fill="#fff"/>`, ...parts, '</svg>', '',
].join('\n');

const ENTITIES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;' };

export const text = (x: number, y: number, { words, more = '' }: { words: string; more?: string }): string =>
  `<text x="${short(x)}" y="${short(y)}" ${more}>${words.replace(/[&<>]/g, (sign) => ENTITIES[sign] ?? sign)}</text>`;

export const xOf = ({ left, width, x }: Panel, value: number): number => left + width * positionOn(x, value);
export const yOf = ({ top, height, y }: Panel, value: number): number => top + height * (1 - positionOn(y, value));

/** What lies outside is drawn at the edge. */
function positionOn({ from, to, logarithmic = false }: Axis, value: number): number {
  const scale = (one: number): number => (logarithmic ? Math.log(Math.max(one, from)) : one);
  return Math.min(1, Math.max(0, (scale(value) - scale(from)) / (scale(to) - scale(from))));
}

/** Title, grid and ticks. */
export function frame(panel: Panel): readonly string[] {
  const { left, top, width, height, title, x, y } = panel;
  return [
    text(left, top - 8, { words: title, more: 'font-weight="600"' }),
    ...y.ticks.map((tick) => `<path d="M${left} ${short(yOf(panel, tick))}h${width}" stroke="${COLOURS.faint}"/>`),
    ...y.ticks.map((tick) => text(left - 6, yOf(panel, tick) + 4, { words: y.label(tick), more: 'text-anchor="end"' })),
    ...x.ticks.map((tick) => text(xOf(panel, tick), top + height + 15, { words: x.label(tick), more: 'text-anchor="middle"' })),
  ];
}

export function line(panel: Panel, points: readonly (readonly [x: number, y: number])[], stroke: string): string {
  const path = points.map(([x, y], index) => `${index === 0 ? 'M' : 'L'}${short(xOf(panel, x))} ${short(yOf(panel, y))}`).join('');
  return `<path d="${path}" fill="none" stroke="${stroke}" stroke-width="1.2"/>`;
}

/** Dots of one colour. */
export const dots = (panel: Panel, points: readonly (readonly [x: number, y: number])[], { fill, radius }: { fill: string; radius: number }): string =>
  `<g fill="${fill}">${points.map(([x, y]) => `<circle cx="${short(xOf(panel, x))}" cy="${short(yOf(panel, y))}" r="${radius}"/>`).join('')}</g>`;

const short = (value: number): string => String(Math.round(value * 10) / 10);
