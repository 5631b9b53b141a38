/** The pool of connections to Postgres, with a bound on every wait. */
import type { Logger } from '@sluice/domain';
import { Kysely, PostgresDialect } from 'kysely';
import pg from 'pg';

const CONNECT_MS = 5_000;
/** A statement that takes longer is ended by the server. */
const STATEMENT_MS = 20_000;
/** And by us soon after, when the server has vanished without a word. */
const ANSWER_MS = STATEMENT_MS + 5_000;

export function openDatabase(url: string, poolSize: number, log: Logger): Kysely<unknown> {
  const pool = new pg.Pool({
    connectionString: url,
    max: poolSize,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    query_timeout: ANSWER_MS,
    idle_in_transaction_session_timeout: STATEMENT_MS,
    keepAlive: true,
    application_name: 'sluice',
  });
  // Postgres going away is seen by whoever asks next; an error without a listener would end the process.
  pool.on('connect', (client) => {
    client.once('error', (error) => log.warn({ reason: error.message }, 'a connection to Postgres was lost'));
    // The server's word and the socket's end are two errors of one loss.
    client.on('error', () => {});
  });
  pool.on('error', () => {}); // the same error again, of a connection nobody was using
  return new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) });
}
