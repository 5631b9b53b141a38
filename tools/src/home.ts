/**
 * SLUICE_HOME: where one installation keeps the data of its embedded stores, its secrets and its logs. Two homes share
 * nothing; one home is used by one `npm start` at a time.
 */
import { randomBytes } from 'node:crypto';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { commandLine, isAlive } from './processes/leftover.ts';

export interface Home {
  readonly path: string;
  /** The path of a folder inside the home, made if need be, readable by its owner alone. */
  folder(name: string): string;
  /** A secret made at the first asking and kept: 32 random bytes in base64url. */
  secret(name: string): string;
  /** Lets another run use this home. */
  release(): void;
}

/** Takes the home for this process; throws a readable line when another process has it. */
export function openHome(place: string): Home {
  const path = resolve(place);
  mkdirSync(path, { recursive: true });
  const lock = join(path, 'running');
  take(lock, path);
  const folder = (name: string) => {
    const inside = join(path, name);
    mkdirSync(inside, { recursive: true, mode: 0o700 });
    return inside;
  };
  return {
    path,
    folder,
    secret: (name) => readOrMake(join(folder('secrets'), name)),
    release: () => rmSync(lock, { force: true }),
  };
}

/** The lock names its holder; one whose holder is gone (or whose id now belongs to something else) is taken over. */
function take(lock: string, home: string): void {
  for (let tries = 0; tries < 3; tries += 1) {
    if (writeNew(lock, String(process.pid))) return;
    const holder = Number(readIfThere(lock));
    if (holder > 0 && holder !== process.pid && isAlive(holder) && /\bnode\b/.test(commandLine(holder))) {
      throw new Error(`${home} is in use by process ${holder}: stop it, or set SLUICE_HOME to another folder`);
    }
    rmSync(lock, { force: true });
  }
  throw new Error(`${lock} cannot be taken: another start is racing for it`);
}

function readOrMake(file: string): string {
  const kept = readIfThere(file);
  if (kept) return kept;
  writeNew(file, randomBytes(32).toString('base64url'));
  return readFileSync(file, 'utf8').trim();
}

/** False when the file is there already: exactly one of two racing writers makes it. */
function writeNew(file: string, text: string): boolean {
  try {
    const handle = openSync(file, 'wx', 0o600);
    writeSync(handle, text);
    closeSync(handle);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false; // fs throws ErrnoException
    throw error;
  }
}

export function readIfThere(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined; // fs throws ErrnoException
    throw error;
  }
}
