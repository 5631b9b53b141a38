/** Recordings that are waiting to be played, and the requests that they answered. */
import type { IncomingMessage } from 'node:http';
import type { Exchange } from '../recordings/exchange.ts';

export interface ReplayHow {
  /** The body in writes of so many bytes, so that events arrive torn apart; default: one write. */
  readonly pieceBytes?: number;
  /** Between those writes. */
  readonly pieceEveryMs?: number;
}

export interface Replay {
  readonly exchange: Exchange;
  readonly how: ReplayHow;
}

/** The request that a recording answered, for comparing with the recorded one. */
export interface Received {
  readonly exchange: Exchange;
  readonly method: string;
  /** With its query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly bodyText: string;
}

export interface Replays {
  queue(replay: Replay): void;
  /** The one that a request is for: by its header, else the next in the queue. `unknown`: the header names none. */
  take(req: IncomingMessage): Replay | 'unknown' | undefined;
  keep(received: Received): void;
  received(): readonly Received[];
}

export const RECORDING_HEADER = 'x-simulate-recording';
const KEEP_RECEIVED = 1_000;

export function createReplays(recordings: readonly Exchange[]): Replays {
  const byId = new Map(recordings.map((exchange) => [exchange.id, exchange]));
  const waiting: Replay[] = [];
  const received: Received[] = [];
  return {
    queue: (replay) => void waiting.push(replay),
    take(req) {
      const asked = req.headers[RECORDING_HEADER];
      if (typeof asked !== 'string') return waiting.shift();
      const exchange = byId.get(asked.replace(/\.json$/, ''));
      return exchange ? { exchange, how: {} } : 'unknown';
    },
    keep(request) {
      received.push(request);
      if (received.length > KEEP_RECEIVED) received.shift();
    },
    received: () => received,
  };
}

/** Of this connection or of a body as it travelled then, not of the answer. */
const NOT_REPLAYED = new Set(['transfer-encoding', 'content-length', 'content-encoding', 'connection', 'keep-alive']);

export const replayedHeaders = (exchange: Exchange): Record<string, string> =>
  Object.fromEntries(Object.entries(exchange.response.headers).filter(([name]) => !NOT_REPLAYED.has(name)));

export function replayedPieces({ exchange, how }: Replay): Buffer[] {
  const { body } = exchange.response;
  const size = how.pieceBytes ?? Math.max(1, body.length);
  return Array.from({ length: Math.ceil(body.length / size) }, (_, i) => body.subarray(i * size, (i + 1) * size));
}
