/** The stores of a test run: found or started once, in a home of their own that goes when the run ends. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openHome } from '../home.ts';
import { logFiles } from '../log-files.ts';
import { startSentinel } from '../processes/sentinel.ts';
import type { Store, StoreContext } from '../stores/index.ts';
import { StoreUnavailable, findOrStartPostgres, findOrStartQuestdb, findOrStartRedis } from '../stores/index.ts';

export interface TestStores {
  /** Null where the store cannot be had: `missing` says why. */
  readonly redisUrl: string | null;
  readonly databaseUrl: string | null;
  readonly questdbUrl: string | null;
  readonly missing: readonly string[];
}

export interface OpenTestStores extends TestStores {
  stop(): Promise<void>;
}

export async function openTestStores(env: NodeJS.ProcessEnv, say: (line: string) => void): Promise<OpenTestStores> {
  const path = mkdtempSync(join(tmpdir(), 'sluice-test-'));
  // The user that Postgres runs as must reach its data.
  chmodSync(path, 0o711);
  const home = openHome(path);
  const sentinel = startSentinel();
  const context: StoreContext = { env, home, sentinel, say, durable: false, logTo: logFiles(home.folder('logs')) };
  const missing: string[] = [];
  const stores: Store[] = [];
  const stop = async () => {
    await Promise.all(stores.map((store) => store.stop()));
    await sentinel.dismiss();
    rmSync(path, { recursive: true, force: true });
  };
  const have = async (start: (context: StoreContext) => Promise<Store>): Promise<string | null> => {
    try {
      const store = await start(context);
      stores.push(store);
      return store.url;
    } catch (error) {
      if (!(error instanceof StoreUnavailable)) throw error;
      missing.push(error.message);
      return null;
    }
  };
  const [redis, postgres, questdb] = await Promise.allSettled([
    have(findOrStartRedis),
    have(findOrStartPostgres),
    have(findOrStartQuestdb),
  ]);
  if (redis.status === 'rejected' || postgres.status === 'rejected' || questdb.status === 'rejected') {
    await stop();
    throw [redis, postgres, questdb].find((one) => one.status === 'rejected')?.reason;
  }
  return { redisUrl: redis.value, databaseUrl: postgres.value, questdbUrl: questdb.value, missing, stop };
}

/** How `npm test`, which opens the stores before it starts vitest, hands them on. */
export const HANDED_ON = 'SLUICE_TEST_STORES';
