/** One log file for each child, under `logs` of the home; the previous one is kept when a file has grown large. */
import { appendFileSync, existsSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';

/** Bytes. Looked at when a run begins. */
const LARGE = 20_000_000;

/** Returns a writer of lines for each name. Written at once, so that what a child said last is there when one looks. */
export function logFiles(folder: string): (name: string) => (line: string) => void {
  return (name) => {
    const file = join(folder, `${name}.log`);
    if (existsSync(file) && statSync(file).size > LARGE) renameSync(file, `${file}.1`);
    return (line) => appendFileSync(file, `${line}\n`, { mode: 0o600 });
  };
}
