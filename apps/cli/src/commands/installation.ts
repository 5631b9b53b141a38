/** `migrate`, `simulate`: what works on the installation itself, not through its API. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { Logger } from '@sluice/domain';
import { type Command, EXIT, Stop } from '../command.ts';
import { json } from '../output.ts';

const quiet: Logger = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export const migrate: Command = {
  words: ['migrate'], args: [], summary: 'Bring the database of DATABASE_URL to this release. Repeating it changes nothing.',
  run: async ({ env, print, say, json: asJson }) => {
    const url = env['DATABASE_URL'];
    if (!url) throw new Stop('DATABASE_URL is not set: the embedded database is migrated by npm start', EXIT.configuration);
    // Loaded here alone: no other command needs a driver, and it is most of what starting costs.
    const { openStore } = await import('@sluice/store');
    // Two connections: one holds the lock on migrations.
    const store = await openStore({ url, log: quiet, poolSize: 2 }).catch((error: unknown) => {
      throw new Stop(`the database does not answer: ${error instanceof Error ? error.message : String(error)}`, EXIT.unreachable);
    });
    try {
      const applied = await store.migrate();
      if (asJson) print(json({ applied }));
      else if (applied.length === 0) say('the database is of this release already');
      else for (const name of applied) print(name);
      return EXIT.done;
    } finally {
      await store.stop();
    }
  },
};

const SIMULATION = fileURLToPath(new URL('../../../../bench/dist/sim/main.js', import.meta.url));

/** The scheduler's own code on a virtual clock lives beside the benchmarks; what stands behind `simulate` is its. */
export async function simulate(args: readonly string[]): Promise<number> {
  if (!existsSync(SIMULATION)) throw new Stop('the simulation is not built: run `npm run build` in the repository', EXIT.failed);
  const child = spawn(process.execPath, [SIMULATION, ...args], { stdio: 'inherit' });
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code ?? EXIT.failed));
  });
}
