/** Gives the integration tests their stores: those that `npm test` opened, or stores of this one run of vitest. */
import type {} from 'vitest';
import type { TestProject } from 'vitest/node';
import type { OpenTestStores, TestStores } from './test-stores.ts';
import { HANDED_ON, openTestStores } from './test-stores.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    /** A Redis that holds nothing of value: use a key prefix of your own. */
    redisUrl: string;
    /** The administrator of a Postgres: make a database of your own. */
    databaseUrl: string;
    /** `http://host:port?pg=port`, as `QUESTDB_URL`. Null: not to be had, and `missingStores` says why. */
    questdbUrl: string | null;
    missingStores: readonly string[];
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const stores = handedOn() ?? (await openTestStores(process.env, (line) => void process.stderr.write(`stores: ${line}\n`)));
  const { redisUrl, databaseUrl, questdbUrl, missing } = stores;
  if (redisUrl === null || databaseUrl === null || (missing.length > 0 && process.env['CI'] === 'true')) {
    await stores.stop();
    throw new Error(`integration tests cannot run: ${missing.join('; ')}`);
  }
  project.provide('redisUrl', redisUrl);
  project.provide('databaseUrl', databaseUrl);
  project.provide('questdbUrl', questdbUrl);
  project.provide('missingStores', missing);
  return stores.stop;
}

function handedOn(): OpenTestStores | undefined {
  const text = process.env[HANDED_ON];
  if (!text) return undefined;
  const stores = JSON.parse(text) as TestStores; // written by test.ts
  return { ...stores, stop: async () => undefined };
}
