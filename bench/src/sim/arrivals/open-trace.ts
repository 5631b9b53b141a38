/** A trace by its name on the command line: a file, or arrivals made up. */
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { readTrace, type TraceRow } from '@sluice/testkit';
import { readJsonLines } from './json-lines.ts';
import { SYNTHETIC, synthesize } from './synthetic.ts';

export interface Trace {
  readonly name: string;
  /** In order of time, the first at 0. */
  readonly rows: readonly TraceRow[];
}

const PREFIX = 'synthetic:';

/** @throws Error with one line that names the trace and what is wrong with it */
export function openTrace(name: string, seed: number): Trace {
  const rows = readRows(name, seed);
  if (rows.length < 2) throw new Error(`--trace ${name}: a trace needs at least two requests, this has ${rows.length}`);
  return { name: basename(name), rows };
}

function readRows(name: string, seed: number): readonly TraceRow[] {
  if (name.startsWith(PREFIX)) {
    const kind = SYNTHETIC.find((known) => `${PREFIX}${known}` === name);
    if (kind === undefined) throw new Error(`--trace ${name}: synthetic traces are ${SYNTHETIC.join(', ')}`);
    return synthesize(kind, seed);
  }
  const read = name.endsWith('.jsonl') ? readJsonLines : name.endsWith('.csv') ? readTrace : undefined;
  if (read === undefined) throw new Error(`--trace ${name}: must be a .csv or .jsonl file, or ${PREFIX}${SYNTHETIC.join('|')}`);
  try {
    return read(readFileSync(name, 'utf8'));
  } catch (error) {
    throw new Error(`--trace ${name}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
}

/** From the first request to the last, ms. */
export const spanOf = ({ rows }: Trace): number => rows.at(-1)?.atMs ?? 0;
