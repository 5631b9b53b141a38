/** A database of a test file's own, in the Postgres that the run provides. */
import { randomBytes } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

export interface FreshDatabase {
  readonly url: string;
  /** Rows of any statement, on a connection of its own. */
  query<Row extends object>(text: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Rejects when anybody is still connected: a store that was stopped has left nothing behind. */
  drop(): Promise<void>;
}

export async function freshDatabase(): Promise<FreshDatabase> {
  const administrator = inject('databaseUrl');
  const name = `store_${randomBytes(6).toString('hex')}`;
  await once(administrator, `create database ${name}`);
  const url = new URL(administrator);
  url.pathname = `/${name}`;
  return {
    url: url.href,
    query: (text, values) => once(url.href, text, values),
    drop: async () => void (await once(administrator, `drop database ${name}`)),
  };
}

async function once<Row extends object>(url: string, text: string, values?: readonly unknown[]): Promise<readonly Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<Row>(text, values as unknown[] | undefined); // pg does not write to them
    return rows;
  } finally {
    await client.end();
  }
}
