#!/usr/bin/env node
/** `npx sluice`: the command as it was built; where it was not yet, it is built first. */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(dirname(fileURLToPath(import.meta.url)));
const entry = join(here, 'dist', 'main.js');
if (!existsSync(entry)) {
  const root = dirname(dirname(here));
  console.error('sluice: building');
  const built = spawnSync(process.execPath, [join('node_modules', 'typescript', 'bin', 'tsc'), '-b', 'apps/cli'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (built.status !== 0) process.exit(built.status ?? 1);
}
await import('../dist/main.js');
