/** The one place of this project that reads the environment. */
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Where recordings, traces and specifications lie: `SLUICE_SHARED`, or `../shared` beside the repository. */
export const sharedFolder = (): string =>
  process.env['SLUICE_SHARED'] ?? resolve(fileURLToPath(new URL('../../../..', import.meta.url)), 'shared');
