/** `QUESTDB_URL`: `http://[user:password@]host:port[?pg=port]`, the HTTP endpoint and where its PG wire listens. */
export interface QuestdbAddress {
  readonly secure: boolean;
  readonly host: string;
  readonly port: number;
  readonly user: string | null;
  readonly password: string | null;
  /** Port of the PG wire on the same host, for reading. */
  readonly pgPort: number;
}

const DEFAULT_PG_PORT = 8812;

/** Throws an Error whose message says what is wrong, without the password. */
export function parseQuestdbUrl(text: string): QuestdbAddress {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !['http:', 'https:'].includes(url.protocol) || !url.hostname || !['', '/'].includes(url.pathname)) {
    throw new Error('QUESTDB_URL must be http://host:port or https://host:port, with ?pg=PORT where the PG wire is not on 8812');
  }
  const pg = url.searchParams.get('pg');
  const pgPort = pg === null ? DEFAULT_PG_PORT : Number(pg);
  if (!Number.isInteger(pgPort) || pgPort < 1 || pgPort > 65_535) throw new Error(`QUESTDB_URL: pg must be a port, got ${pg}`);
  return {
    secure: url.protocol === 'https:',
    host: url.hostname,
    // The parser drops a port that is the scheme's own.
    port: url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port),
    user: url.username === '' ? null : decodeURIComponent(url.username),
    password: url.password === '' ? null : decodeURIComponent(url.password),
    pgPort,
  };
}
