/**
 * A request's body, whole and decoded, never more of it than the bound: neither on the wire nor unpacked. What all
 * requests hold together is bounded too. What comes after a refusal is read and thrown away, so that the client gets to
 * read the answer instead of a broken pipe; how long that may take is bounded by the server's `requestTimeout`.
 */
import type { IncomingMessage } from 'node:http';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { SluiceError } from '@sluice/domain';

export const MAX_BODY_BYTES = 32 * 1024 * 1024;
/** For a whole body: 32 MB within it is 2 Mbit/s. */
const BODY_WITHIN_MS = 120_000;

/** Bytes that requests being read hold together. */
export class BodyBudget {
  readonly #bound: number;
  #held = 0;

  constructor(bound: number) {
    this.#bound = bound;
  }

  get held(): number {
    return this.#held;
  }

  /** Throws `unavailable` past the bound. */
  take(bytes: number): void {
    if (this.#held + bytes > this.#bound) {
      throw new SluiceError('unavailable', 'too many bytes of requests are being read at once', { retryAfterMs: 1_000 });
    }
    this.#held += bytes;
  }

  give(bytes: number): void {
    this.#held -= bytes;
  }
}

/** Throws `request_too_large`, `unsupported_encoding`, `invalid_request` (broken compression), `unavailable`, or
 *  `cancelled` when the client went away. Whoever calls this gives the budget `length` of the answer back. */
export async function readBody(req: IncomingMessage, budget: BodyBudget): Promise<Buffer> {
  const decode = decoderOf(req.headers['content-encoding']);
  if (Number(req.headers['content-length'] ?? 0) > MAX_BODY_BYTES) throw tooLarge();
  const raw = await collect(req, budget);
  if (!decode) return raw;
  try {
    const decoded = await decode(raw, { maxOutputLength: MAX_BODY_BYTES });
    budget.take(decoded.length);
    return decoded;
  } catch (cause) {
    if (cause instanceof SluiceError) throw cause;
    if (isTooLong(cause)) throw tooLarge();
    throw new SluiceError('invalid_request', 'the body is not what its content-encoding says', { param: 'content-encoding', cause });
  } finally {
    budget.give(raw.length);
  }
}

function collect(req: IncomingMessage, budget: BodyBudget): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    const timer = setTimeout(() => stop(new SluiceError('invalid_request', 'the request did not arrive in time')), BODY_WITHIN_MS);
    const stop = (error: unknown) => {
      clearTimeout(timer);
      req.off('data', take).off('end', finish).off('close', leave).resume();
      budget.give(bytes);
      reject(error);
    };
    const take = (chunk: Buffer) => {
      try {
        if (bytes + chunk.length > MAX_BODY_BYTES) throw tooLarge();
        budget.take(chunk.length);
      } catch (error) {
        return stop(error);
      }
      bytes += chunk.length;
      chunks.push(chunk);
    };
    const leave = () => stop(new SluiceError('cancelled', 'the client went away before its request was whole'));
    const finish = () => {
      clearTimeout(timer);
      req.off('close', leave);
      const only = chunks.length === 1 ? chunks[0] : undefined;
      resolve(only ?? Buffer.concat(chunks, bytes));
    };
    req.on('data', take).on('end', finish).on('close', leave).on('error', () => undefined); // an error is followed by close
  });
}

type Decode = (raw: Buffer, options: { maxOutputLength: number }) => Promise<Buffer>;

const DECODERS: Readonly<Record<string, Decode>> = {
  gzip: promisify(gunzip), 'x-gzip': promisify(gunzip), deflate: promisify(inflate), br: promisify(brotliDecompress),
};

function decoderOf(encoding: string | undefined): Decode | undefined {
  const name = (encoding ?? '').trim().toLowerCase();
  if (name === '' || name === 'identity') return undefined;
  const decode = Object.hasOwn(DECODERS, name) ? DECODERS[name] : undefined;
  if (!decode) throw new SluiceError('unsupported_encoding', 'content-encoding: gzip, deflate and br are understood', { param: 'content-encoding' });
  return decode;
}

const tooLarge = () => new SluiceError('request_too_large', `the body is larger than ${MAX_BODY_BYTES / 1024 / 1024} MB`);

const isTooLong = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'ERR_BUFFER_TOO_LARGE';
