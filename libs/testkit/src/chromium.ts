/** A browser for tests: the one of `CHROMIUM_PATH`, one that is installed, or Debian's, installed where that works without asking. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
/** A hundred megabytes, over a slow line. */
const INSTALL_MS = 600_000;

export type FoundBrowser = { readonly path: string } | { readonly missing: string };

export function findChromium(env: Readonly<Record<string, string | undefined>>, say: (line: string) => void): FoundBrowser {
  const named = env['CHROMIUM_PATH'];
  if (named) return existsSync(named) ? { path: named } : { missing: `CHROMIUM_PATH names a file that is not there: ${named}` };
  const found = onPath(env) ?? (mayInstall(env) ? install(env, say) : undefined);
  return found === undefined ? { missing: 'no Chromium: install it (apt-get install chromium), or set CHROMIUM_PATH' } : { path: found };
}

function onPath({ PATH = '' }: Readonly<Record<string, string | undefined>>): string | undefined {
  return PATH.split(delimiter).flatMap((folder) => NAMES.map((name) => join(folder, name))).find((path) => {
    try {
      accessSync(path, constants.X_OK);
      return true;
    } catch {
      return false; // not there, or not ours to run
    }
  });
}

const mayInstall = ({ PATH = '' }: Readonly<Record<string, string | undefined>>): boolean =>
  process.getuid?.() === 0 && PATH.split(delimiter).some((folder) => existsSync(join(folder, 'apt-get')));

function install(env: Readonly<Record<string, string | undefined>>, say: (line: string) => void): string | undefined {
  say('installing chromium (apt-get install chromium)');
  const quietly = { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: 'ignore', timeout: INSTALL_MS } as const;
  const run = () => spawnSync('apt-get', ['install', '-y', '--no-install-recommends', 'chromium'], quietly).status === 0;
  // The lists of packages may be older than the packages.
  if (!run()) {
    spawnSync('apt-get', ['update'], quietly);
    run();
  }
  return onPath(env);
}
