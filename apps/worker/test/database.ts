/** A migrated database of a test's own, in the Postgres that the run provides. */
import { randomBytes } from 'node:crypto';
import { openStore, type Store } from '@sluice/store';
import pg from 'pg';
import { inject } from 'vitest';

export interface Database {
  readonly url: string;
  readonly store: Store;
  query<Row extends object>(text: string): Promise<readonly Row[]>;
  drop(): Promise<void>;
}

const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export async function openDatabase(): Promise<Database> {
  const name = `worker_${randomBytes(6).toString('hex')}`;
  await statement(inject('databaseUrl'), `create database ${name}`);
  const url = new URL(inject('databaseUrl'));
  url.pathname = `/${name}`;
  const store = await openStore({ url: url.href, log: quiet, poolSize: 2 });
  await store.migrate();
  return {
    url: url.href, store,
    query: (text) => statement(url.href, text),
    async drop() {
      await store.stop();
      await statement(inject('databaseUrl'), `drop database ${name}`);
    },
  };
}

async function statement<Row extends object>(url: string, text: string): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text)).rows;
  } finally {
    await client.end();
  }
}
