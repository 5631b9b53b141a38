/** Keeps what was measured, with what it was measured on. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Machine } from './machine.ts';
import type { Options } from './options.ts';
import { RESULTS } from './paths.ts';
import type { Answer } from './scenarios/scenario.ts';

export interface Result {
  readonly scenario: string;
  readonly measuredAt: string;
  readonly machine: Machine;
  readonly options: Options;
  readonly table: Answer['table'];
  readonly figures: unknown;
}

/** A run with a death in it is another question, and has a file of its own. */
export function keep(result: Result): string {
  const file = join(RESULTS, `${result.scenario}${result.options.kill === null ? '' : `-kill-${result.options.kill}`}.json`);
  mkdirSync(RESULTS, { recursive: true });
  writeFileSync(file, `${JSON.stringify(result, null, 2)}\n`);
  return file;
}
