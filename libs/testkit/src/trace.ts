/** Request arrival traces: CSV of TIMESTAMP, ContextTokens, GeneratedTokens, as in the Azure public data set. */

export interface TraceRow {
  /** Since the first row. */
  readonly atMs: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
}

/** Rows in order of time. @throws Error naming the line that is not a row */
export function readTrace(csv: string): TraceRow[] {
  const rows = csv.split(/\r?\n/).slice(1).flatMap((line, index) => (line.trim() === '' ? [] : [parseRow(line, index + 2)]));
  rows.sort((a, b) => a.atMs - b.atMs);
  const first = rows[0]?.atMs ?? 0;
  return rows.map((row) => ({ ...row, atMs: row.atMs - first }));
}

function parseRow(line: string, number: number): TraceRow {
  const [timestamp = '', input = '', output = ''] = line.split(',');
  const [whole = '', fraction = ''] = timestamp.split('.');
  // Dates keep whole milliseconds only, and traces are finer.
  const atMs = Date.parse(`${whole.replace(' ', 'T')}Z`) + (fraction === '' ? 0 : Number(`0.${fraction}`) * 1_000);
  const row = { atMs, inputTokens: Number(input), outputTokens: Number(output) };
  if ([row.atMs, row.inputTokens, row.outputTokens].some((value) => !Number.isFinite(value))) {
    throw new Error(`line ${number} of the trace is no row: "${line}"`);
  }
  return row;
}
