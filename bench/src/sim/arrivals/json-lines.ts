/** Traces of one JSON object a line: `timestamp` (ms), `input_length`, `output_length` (tokens); other members are ignored. */
import type { TraceRow } from '@sluice/testkit';

const MEMBERS = ['timestamp', 'input_length', 'output_length'] as const;

/** Rows in order of time, counted from the first. @throws Error naming the line that is not a row */
export function readJsonLines(text: string): readonly TraceRow[] {
  const rows = text.split(/\r?\n/).flatMap((line, index) => (line.trim() === '' ? [] : [parseRow(line, index + 1)]));
  rows.sort((a, b) => a.atMs - b.atMs);
  const first = rows[0]?.atMs ?? 0;
  return rows.map((row) => ({ ...row, atMs: row.atMs - first }));
}

function parseRow(line: string, number: number): TraceRow {
  const [atMs, inputTokens, outputTokens] = numbersOf(line);
  if (atMs === undefined || inputTokens === undefined || outputTokens === undefined) {
    throw new Error(`line ${number} of the trace is no object with the numbers ${MEMBERS.join(', ')}: "${line.slice(0, 80)}"`);
  }
  return { atMs, inputTokens, outputTokens };
}

/** Fewer than three when one is missing. */
function numbersOf(line: string): readonly number[] {
  let row: unknown;
  try {
    row = JSON.parse(line);
  } catch {
    return []; // told with its line by the caller
  }
  if (typeof row !== 'object' || row === null) return [];
  const members = new Map(Object.entries(row));
  return MEMBERS.flatMap((name) => {
    const value: unknown = members.get(name);
    return typeof value === 'number' && Number.isFinite(value) && value >= 0 ? [value] : [];
  });
}
