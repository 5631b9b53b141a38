import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The folder above both `src` and `dist`. */
export const BENCH = fileURLToPath(new URL('..', import.meta.url));
export const PROJECT = resolve(BENCH, '..');
export const RESULTS = join(BENCH, 'results');
/** Peers are installed here, on demand; not part of the project. */
export const CACHE = join(BENCH, '.cache');

/** Path of a module of this project that runs as a process of its own, built or not. */
export function moduleBeside(url: string, name: string): string {
  const built = fileURLToPath(new URL(`${name}.js`, url));
  return existsSync(built) ? built : fileURLToPath(new URL(`${name}.ts`, url));
}
