/** Exchanges from a folder of recordings, and the small fixtures that every clone of the project has. */
import { readdir, readFile } from 'node:fs/promises';
import { join, relative, resolve, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { sharedFolder } from '../config.ts';
import { parseExchange, type Exchange } from './exchange.ts';

export interface Selection {
  /** Where `PROVIDER/WIRE/*.json` are; default: `recordings` in the shared folder. */
  readonly folder?: string;
  readonly provider?: string;
  readonly wire?: string;
}

/** Recordings are not part of the project, so that they may be absent; the reason says where they were looked for. */
export type Loaded =
  | { readonly exchanges: readonly Exchange[]; readonly reason?: undefined }
  | { readonly exchanges: undefined; readonly reason: string };

/** In order of their ids. @throws Error when a file is there but is no exchange */
export async function loadExchanges(selection: Selection = {}): Promise<Loaded> {
  const folder = resolve(selection.folder ?? join(sharedFolder(), 'recordings'));
  const files = await jsonFilesOf(folder);
  if (files === undefined) return { exchanges: undefined, reason: `there are no recordings at ${folder}` };
  const under = (part: string | undefined, index: number) => (file: string) =>
    part === undefined || relative(folder, file).split(sep)[index] === part;
  const wanted = files.filter(under(selection.provider, 0)).filter(under(selection.wire, 1)).sort();
  const exchanges = await Promise.all(wanted.map(async (file) =>
    parseExchange(await readFile(file, 'utf8'), relative(folder, file).replace(/\.json$/, '').split(sep).join('/'))));
  return { exchanges };
}

/** `libs/testkit/fixtures`, beside `src` and `dist` alike. */
export const fixturesFolder = (): string => fileURLToPath(new URL('../../fixtures', import.meta.url));

/** The hand-written exchanges of a wire (`chat`); their ids are `WIRE/NAME`. */
export async function loadFixtures(wire: string): Promise<readonly Exchange[]> {
  const files = await jsonFilesOf(join(fixturesFolder(), wire)) ?? [];
  return Promise.all(files.sort().map(async (file) =>
    parseExchange(await readFile(file, 'utf8'), relative(fixturesFolder(), file).replace(/\.json$/, '').split(sep).join('/'))));
}

async function jsonFilesOf(folder: string): Promise<string[] | undefined> {
  try {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true });
    return entries
      .filter((entry) => entry.isFile() && entry.name.endsWith('.json'))
      .map((entry) => join(entry.parentPath, entry.name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}
