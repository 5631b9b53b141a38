/** Sluice as its users start it, with everything on: queue, limits, audit and metrics, its stores included. */
import { randomBytes } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { freePort } from '@sluice/testkit';
import { moduleBeside, PROJECT, RESULTS } from '../paths.ts';
import { descendantsOf } from '../processes.ts';
import { startProcess } from './started-process.ts';
import type { StartOrder, System } from './system.ts';

/** Installing and building are done by then; the stores start, the schema is made. */
const READY_MS = 180_000;

export const sluice: System = {
  name: 'sluice',
  async start(order) {
    const key = `sk-bench-${randomBytes(16).toString('hex')}`;
    const port = await freePort();
    const origin = `http://127.0.0.1:${port}`;
    const file = join(order.folder, 'sluice.yaml');
    writeFileSync(file, configuration(order, key), { mode: 0o600 });
    const started = await startProcess({
      program: 'npm', args: ['start', '--silent'], folder: PROJECT, logFile: join(order.folder, 'sluice.log'), readyUrl: `${origin}/readyz`, readyMs: READY_MS,
      environment: {
        PORT: String(port), HOST: '127.0.0.1', SLUICE_HOME: join(order.folder, 'home'), SLUICE_CONFIG: file, LOG_LEVEL: 'info',
        ...(order.profile ? profiling() : {}),
      },
    });
    return {
      target: { origin, headers: { authorization: `Bearer ${key}` }, model: 'bench' },
      processes: () => descendantsOf(started.pid).filter(({ name }) => name !== 'npm' && name !== 'sh'),
      stop: started.stop,
    };
  },
};

/** One connection, one resource, one key; what the provider allows is told, as an operator would. */
function configuration({ provider, limits }: StartOrder, key: string): string {
  return `version: 1
environment: default
connections:
  - name: main
    provider: openai-compatible
    base_url: ${provider.origin}/v1
    credentials: { api_key: sk-bench-upstream }
    limits:
${limits.map((limit) => `      - { ${limit} }`).join('\n')}
priorities:
  - { name: normal, reserved: 50, ceiling: 100 }
  - { name: batch, reserved: 5, ceiling: 100 }
resources:
  - name: bench
    priority: normal
    routes: [{ connection: main, model: ${provider.model} }]
api_keys:
  - { name: bench, key: ${key}, resources: ["*"], priorities: ["*"] }
`;
}

/** A profile of each app's process from SIGUSR2 to SIGUSR2, written when it ends; see profile-preload. */
function profiling(): Record<string, string> {
  const folder = join(RESULTS, 'profiles');
  mkdirSync(folder, { recursive: true });
  return { NODE_OPTIONS: `--import=${moduleBeside(import.meta.url, '../profile-preload')}`, SLUICE_BENCH_PROFILES: folder };
}
