/**
 * POSTs to addresses that others name: webhooks. Connections go to vetted addresses only, redirects are answers like any
 * other, and of the answer no more is read than is worth a log line.
 */
import type { Part } from '@sluice/domain';
import { Agent } from 'undici';
import { retryAfterHeaderMs } from './durations.ts';
import { type LookUp, vettedConnector } from './vetted-connector.ts';

export interface OutsideRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
  readonly allowPrivate: boolean;
  /** For the whole exchange. */
  readonly withinMs: number;
  readonly signal: AbortSignal;
}

export interface OutsideAnswer {
  readonly status: number;
  readonly retryAfterMs: number | null;
  /** How the answer begins. */
  readonly beginning: string;
}

export interface OutsidePost extends Part {
  /** Rejects when no answer comes: unreachable, forbidden, too slow, given up. */
  post(request: OutsideRequest): Promise<OutsideAnswer>;
}

const CONNECT_MS = 5_000;
/** What is behind it is not read. */
const MOST_ANSWER_BYTES = 64 * 1024;
const BEGINNING_CHARACTERS = 200;
/** Each of very many receivers would otherwise hold a socket for nothing. */
const KEEP_ALIVE_MS = 10_000;

export function openOutsidePost({ lookUp }: { readonly lookUp?: LookUp } = {}): OutsidePost {
  const agentOf = (allowPrivate: boolean) => new Agent({
    connect: vettedConnector({ connectMs: CONNECT_MS, allowPrivate, ...(lookUp && { lookUp }) }),
    keepAliveTimeout: KEEP_ALIVE_MS, pipelining: 1, allowH2: false, maxHeaderSize: 16_384,
  });
  // Two, because a connection is used again: one made where private addresses are allowed must not serve others.
  const agents = { guarded: agentOf(false), open: agentOf(true) };
  return {
    async post({ url, headers, body, allowPrivate, withinMs, signal }) {
      const { origin, pathname, search } = new URL(url);
      const agent = allowPrivate ? agents.open : agents.guarded;
      const answer = await agent.request({
        origin, path: pathname + search, method: 'POST', headers, body,
        signal: AbortSignal.any([signal, AbortSignal.timeout(withinMs)]),
      });
      const retryAfter = answer.headers['retry-after'];
      return {
        status: answer.statusCode,
        retryAfterMs: typeof retryAfter === 'string' ? retryAfterHeaderMs(retryAfter, Date.now()) : null,
        beginning: await beginningOf(answer.body),
      };
    },
    stop: async () => {
      await Promise.all([agents.guarded.destroy(), agents.open.destroy()]);
    },
  };
}

/** Reads to the end where that is near, so that the connection can be used again; else it is cut off. */
async function beginningOf(body: AsyncIterable<Buffer>): Promise<string> {
  const pieces: Buffer[] = [];
  let bytes = 0;
  for await (const piece of body) {
    bytes += piece.length;
    if (bytes > MOST_ANSWER_BYTES) break;
    pieces.push(piece);
  }
  return Buffer.concat(pieces).toString().slice(0, BEGINNING_CHARACTERS);
}
