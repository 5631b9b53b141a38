/**
 * Portkey's open-source gateway: the same language, no queue. Installed on demand beside the results, never with the project.
 * Its npm release loses streams with the newer server adapter it asks for; its repository pins this one.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@sluice/testkit';
import { CACHE } from '../paths.ts';
import { descendantsOf } from '../processes.ts';
import { startProcess } from './started-process.ts';
import type { System } from './system.ts';

export const PORTKEY_VERSION = '1.15.2';
const FOLDER = join(CACHE, `portkey-${PORTKEY_VERSION}`);
const SERVER = 'node_modules/@portkey-ai/gateway/build/start-server.js';

export const portkey: System = {
  name: 'portkey',
  async start({ provider, folder }) {
    install();
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const started = await startProcess({
      program: process.execPath, args: [SERVER, '--headless', `--port=${port}`], folder: FOLDER, environment: { NODE_ENV: 'production' },
      logFile: join(folder, 'portkey.log'), readyUrl: origin, readyMs: 30_000,
    });
    return {
      target: {
        origin, model: provider.model,
        headers: { authorization: 'Bearer sk-bench-portkey', 'x-portkey-provider': 'openai', 'x-portkey-custom-host': `${provider.origin}/v1` },
      },
      processes: () => descendantsOf(started.pid).map(({ pid }) => ({ pid, name: 'portkey' })),
      stop: started.stop,
    };
  },
};

/** Throws, with npm's own words on standard error, when it cannot be had. */
function install(): void {
  if (existsSync(join(FOLDER, SERVER))) return;
  mkdirSync(FOLDER, { recursive: true });
  const manifest = { private: true, dependencies: { '@portkey-ai/gateway': PORTKEY_VERSION }, overrides: { '@hono/node-server': '1.13.8' } };
  writeFileSync(join(FOLDER, 'package.json'), JSON.stringify(manifest, null, 2));
  const { status } = spawnSync('npm', ['install', '--no-audit', '--no-fund', '--ignore-scripts', '--prefix', FOLDER], { cwd: FOLDER, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) throw new Error(`npm could not install @portkey-ai/gateway ${PORTKEY_VERSION}`);
}
