/** `npm run dev`: `npm start`, with a compiler that watches, and a new start of every app that a change reaches. */
import { existsSync, watch } from 'node:fs';
import { join } from 'node:path';
import type { Apps } from './apps.ts';
import { APP_NAMES } from './apps.ts';
import { mainOf } from './main-of.ts';
import { keepRunning } from './processes/kept-process.ts';
import { startSentinel } from './processes/sentinel.ts';

/** The compiler writes many files for one change. */
const SETTLE_MS = 300;
const LIBRARIES = ['domain', 'scheduling', 'wire', 'providers', 'queue', 'store', 'telemetry'];

await mainOf((apps, closing) => {
  const say = (line: string) => void process.stdout.write(`${line}\n`);
  const sentinel = startSentinel();
  const compiler = keepRunning(
    {
      name: 'tsc',
      command: process.execPath,
      args: [join('node_modules', 'typescript', 'bin', 'tsc'), '-b', '--watch', '--preserveWatchOutput'],
      env: process.env,
      order: 'app',
      stopSignal: 'SIGTERM',
      onLine: (line) => {
        if (line.trim()) say(`tsc: ${line}`);
      },
    },
    { sentinel, say },
  );
  const stopWatching = restartOnChange(apps, say);
  closing.push(
    () => sentinel.dismiss(),
    () => compiler.stop(5_000),
    stopWatching,
  );
});

function restartOnChange(apps: Apps, say: (line: string) => void): () => void {
  const changed = new Set<string>();
  let timer: NodeJS.Timeout | undefined;
  const restart = () => {
    for (const app of apps.all.filter(({ name }) => changed.has(name))) {
      say(`${app.name} changed; starting it again`);
      app.restart();
    }
    changed.clear();
  };
  const mark = (names: readonly string[]) => (_event: string, file: string | null) => {
    if (!file?.endsWith('.js')) return;
    for (const name of names) changed.add(name);
    clearTimeout(timer);
    timer = setTimeout(restart, SETTLE_MS);
  };
  const folders: readonly (readonly [string, readonly string[]])[] = [
    ...APP_NAMES.map((name) => [join('apps', name, 'dist'), [name]] as const),
    ...LIBRARIES.map((name) => [join('libs', name, 'dist'), APP_NAMES] as const),
    [join('libs', 'testkit', 'dist'), ['simulator']] as const,
  ];
  const watchers = folders
    .filter(([folder]) => existsSync(folder))
    .map(([folder, names]) => watch(folder, { recursive: true }, mark(names)));
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
