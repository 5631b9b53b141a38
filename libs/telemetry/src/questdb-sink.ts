/**
 * Attempts into QuestDB: the line protocol over HTTP, by the official client.
 *
 * The rows handed to `write` are the one buffer there is: they are acknowledged in the journal only after `write` has
 * resolved. The client is not trusted with them, because a failed flush has already emptied its buffer and a flush may
 * never settle when the server goes away in the middle. So each write has a sender of its own, races a time limit,
 * and rejects on any doubt; the caller writes the same rows again, and the table's dedup keys make that harmless.
 */
import { Agent as HttpAgent } from 'node:http';
import { Agent as HttpsAgent } from 'node:https';
import { Sender } from '@questdb/nodejs-client';
import type { AttemptRecord, Logger, MetricSink } from '@sluice/domain';
import { writeRow } from './questdb-rows.ts';
import { SCHEMA } from './questdb-schema.ts';
import type { QuestdbAddress } from './questdb-url.ts';
import { parseQuestdbUrl } from './questdb-url.ts';

export interface QuestdbOptions {
  /** `http://host:port[?pg=port]`. */
  readonly url: string;
  readonly log: Logger;
  /** Longest time of one write, the tables included. Default 10 s. */
  readonly timeoutMs?: number;
}

/** Never connects by itself: the first write makes the tables, so that an absent server delays nobody's start. */
export function questdbSink({ url, log, timeoutMs = 10_000 }: QuestdbOptions): MetricSink {
  const address = parseQuestdbUrl(url);
  const agent = new (address.secure ? HttpsAgent : HttpAgent)({ keepAlive: true, maxSockets: 4 });
  const stopped = new AbortController();
  // One making of the tables for all writes that need them: QuestDB refuses two at once of the same view.
  let tables: Promise<void> | undefined;

  async function makeTables(signal: AbortSignal): Promise<void> {
    for (const statement of SCHEMA) await execute(address, statement, signal);
    log.info({ host: address.host, port: address.port }, 'QuestDB has its tables');
  }

  async function send(rows: readonly AttemptRecord[], signal: AbortSignal): Promise<void> {
    tables ??= makeTables(signal);
    await unlessAborted(tables, signal);
    const sender = await Sender.fromConfig(senderConfiguration(address, timeoutMs), {
      agent,
      log: (level, message) => log.debug({ level, message: String(message) }, 'QuestDB client'),
    });
    for (const row of rows) await writeRow(sender, row);
    await unlessAborted(sender.flush(), signal);
  }

  return {
    async write(rows, signal) {
      if (rows.length === 0) return;
      try {
        await send(rows, AbortSignal.any([signal, stopped.signal, AbortSignal.timeout(timeoutMs)]));
      } catch (error) {
        // Whoever answers next may be a new server without the tables; and a request that hangs must not outlive its write.
        tables = undefined;
        agent.destroy();
        throw new Error(`QuestDB at ${address.host}:${address.port} did not take ${rows.length} rows`, { cause: error });
      }
    },
    async stop() {
      stopped.abort(new Error('the sink is stopped'));
      agent.destroy();
    },
  };
}

function senderConfiguration({ secure, host, port, user, password }: QuestdbAddress, timeoutMs: number): string {
  const escaped = (value: string) => value.replaceAll(';', ';;');
  const login = user === null || password === null ? '' : `username=${escaped(user)};password=${escaped(password)};`;
  // protocol_version: else the client asks the server at each start. retry_timeout: the journal's drain is who tries again.
  return `${secure ? 'https' : 'http'}::addr=${host}:${port};${login}auto_flush=off;stdlib_http=on;protocol_version=2;`
    + `request_timeout=${timeoutMs};retry_timeout=0`;
}

/** Runs one statement over HTTP. Throws what the server said against it. */
async function execute({ secure, host, port, user, password }: QuestdbAddress, statement: string, signal: AbortSignal): Promise<void> {
  const login = `Basic ${Buffer.from(`${user ?? ''}:${password ?? ''}`).toString('base64')}`;
  const answer = await fetch(`${secure ? 'https' : 'http'}://${host}:${port}/exec?query=${encodeURIComponent(statement)}`, {
    headers: user === null ? {} : { authorization: login }, signal,
  });
  const said = await answer.text();
  if (!answer.ok) throw new Error(`QuestDB answered ${answer.status} to "${statement.slice(0, 50)}…": ${reasonIn(said)}`);
}

/** `error` of its JSON body, which also repeats the whole statement; else the text of whatever answered in its place. */
function reasonIn(said: string): string {
  try {
    const body: unknown = JSON.parse(said);
    if (typeof body === 'object' && body !== null && 'error' in body) return String(body.error);
  } catch {
    // not JSON: a proxy's page
  }
  return said.slice(0, 300);
}

/** The promise's own end, or the signal's reason, whichever comes first; a later end of the promise is of no interest. */
async function unlessAborted(work: Promise<unknown>, signal: AbortSignal): Promise<void> {
  let stopListening = () => {};
  const aborted = new Promise<never>((_resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    stopListening = () => signal.removeEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
  try {
    await Promise.race([work, aborted]);
  } finally {
    stopListening();
  }
}
