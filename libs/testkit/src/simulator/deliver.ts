/** Puts an answer on the wire: at its pace, no faster than the client reads, and as far as a fault lets it. */
import type { ServerResponse } from 'node:http';

export interface Piece {
  readonly data: string | Buffer;
  readonly tokens: number;
}

export interface Delivery {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly pieces: readonly Piece[];
  /** Between pieces; 0 sends them in one write. */
  readonly everyMs: number;
  readonly stamp: boolean;
  readonly end: DeliveryEnd;
}

/** A byte that the body does not reach is no end: the answer is whole. */
export type DeliveryEnd = { readonly kind: 'whole' } | { readonly kind: 'cut' | 'stall'; readonly atByte: number };

export interface DeliveryListener {
  sent(bytes: number, tokens: number): void;
  /** All that will be sent was handed over; called before the client can know. */
  complete(): void;
}

/** Sends at once or over time; a response that closes ends it. Nothing is awaited: `listener` hears how it goes. */
export function deliver(res: ServerResponse, delivery: Delivery, listener: DeliveryListener): void {
  if (delivery.end.kind === 'whole' && delivery.everyMs <= 0 && !delivery.stamp) return deliverAtOnce(res, delivery, listener);
  res.writeHead(delivery.status, delivery.headers);
  res.flushHeaders();
  deliverInPieces(res, delivery, listener);
}

function deliverAtOnce(res: ServerResponse, { status, headers, pieces }: Delivery, listener: DeliveryListener): void {
  const data = joined(pieces);
  const tokens = pieces.reduce((sum, piece) => sum + piece.tokens, 0);
  res.writeHead(status, headers);
  listener.sent(Buffer.byteLength(data), tokens);
  listener.complete();
  res.end(data);
}

function joined(pieces: readonly Piece[]): string | Buffer {
  const [first] = pieces;
  if (pieces.length === 1 && first) return first.data;
  const texts = pieces.map((piece) => piece.data);
  return texts.every((data) => typeof data === 'string') ? texts.join('') : Buffer.concat(texts.map((data) => Buffer.from(data)));
}

function deliverInPieces(res: ServerResponse, delivery: Delivery, listener: DeliveryListener): void {
  const { pieces, everyMs, end } = delivery;
  const startedAt = performance.now();
  let next = 0;
  let bytesLeft = end.kind === 'whole' ? Infinity : end.atByte;
  let timer: NodeJS.Timeout | undefined;
  res.once('close', () => clearTimeout(timer));

  const finish = (): void => {
    const whole = end.kind === 'whole' || bytesLeft > 0;
    if (!whole && end.kind === 'stall') return;
    listener.complete();
    if (whole) res.end();
    else res.socket?.destroySoon();
  };
  /** False when the client has to read first. */
  const sendOne = (piece: Piece): boolean => {
    const whole = Buffer.from(delivery.stamp ? stamped(piece.data) : piece.data);
    const part = whole.length > bytesLeft ? whole.subarray(0, bytesLeft) : whole;
    bytesLeft -= part.length;
    listener.sent(part.length, part.length === whole.length ? piece.tokens : 0);
    return part.length === 0 || res.write(part);
  };
  const pump = (): void => {
    while (next < pieces.length && bytesLeft > 0) {
      const waitMs = startedAt + next * everyMs - performance.now();
      if (waitMs > 0) {
        timer = setTimeout(pump, waitMs);
        return;
      }
      const piece = pieces[next];
      next += 1;
      if (piece && !sendOne(piece) && !res.destroyed) {
        res.once('drain', pump);
        return;
      }
    }
    finish();
  };
  pump();
}

const STAMPED = 'data: {';

function stamped(data: string | Buffer): string | Buffer {
  if (typeof data !== 'string' || !data.startsWith(STAMPED)) return data;
  return `${STAMPED}"sent_at":${performance.timeOrigin + performance.now()},${data.slice(STAMPED.length)}`;
}
