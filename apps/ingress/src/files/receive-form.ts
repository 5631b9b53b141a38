/** A form with one file, read as a stream: https://www.rfc-editor.org/rfc/rfc7578. */
import type { IncomingMessage } from 'node:http';
import type { Readable, Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { Busboy, type BusboyInstance } from '@fastify/busboy';
import { SluiceError } from '@sluice/domain';

export interface Form<Stored> {
  readonly fields: ReadonlyMap<string, string>;
  /** Of the field `file`. */
  readonly file: { readonly filename: string; readonly stored: Stored } | null;
}

/** What a form may weigh beside its file. */
const MOST_FORM_BYTES = 1024 * 1024;

/**
 * Hands the bytes of the file to `store` as they come, and holds the client back while it is busy. What comes after a refusal
 * is read and thrown away, so that the client gets to read the answer; how long that may take is bounded by the server.
 */
export async function receiveForm<Stored>(
  req: IncomingMessage, mostBytes: number, store: (bytes: AsyncIterable<Buffer>) => Promise<Stored>,
): Promise<Form<Stored>> {
  const tooLarge = () => new SluiceError('request_too_large', `file: larger than ${mostBytes / 1024 / 1024} MB`, { param: 'file' });
  const fields = new Map<string, string>();
  const found: Promise<NonNullable<Form<Stored>['file']>>[] = [];
  const open: Readable[] = [];
  let source: Readable = req;
  try {
    if (Number(req.headers['content-length'] ?? 0) > mostBytes + MOST_FORM_BYTES) throw tooLarge();
    const parser = parserOf(req, mostBytes);
    source = decoded(req);
    await new Promise<void>((resolve, reject) => {
      parser.on('field', (name, value) => void fields.set(name, value));
      parser.on('file', (name, bytes, filename) => {
        if (name !== 'file') return void bytes.resume();
        open.push(bytes);
        bytes.once('limit', () => reject(tooLarge()));
        const file = store(bytes).then((stored) => ({ filename, stored })); // these streams have no encoding: they give buffers
        file.catch(reject);
        found.push(file);
      });
      parser.once('finish', resolve);
      parser.once('error', (cause) => reject(new SluiceError('invalid_request', 'the form is broken, or ends before its last part does', { cause })));
      source.once('error', (cause) => reject(new SluiceError('invalid_request', 'the body is not what its content-encoding says', { param: 'content-encoding', cause })));
      req.once('close', () => { if (!req.complete) reject(new SluiceError('cancelled', 'the client went away before its upload was whole')); });
      source.pipe(parser);
    });
    return { fields, file: await found[0] ?? null };
  } catch (error) {
    source.unpipe();
    req.unpipe();
    req.resume();
    // Whoever stores the file's bytes is not to wait for more of them, and is done with them before they are removed.
    for (const bytes of open) bytes.destroy();
    await Promise.allSettled(found);
    throw error;
  }
}

function parserOf(req: IncomingMessage, fileSize: number): BusboyInstance {
  const type = req.headers['content-type'] ?? '';
  const refusal = (message: string, cause?: unknown) => new SluiceError('invalid_request', `content-type: ${message}`, { param: 'content-type', cause });
  if (!/^multipart\/form-data\s*;/i.test(type)) throw refusal('expected multipart/form-data with the fields file and purpose');
  try {
    return new Busboy({ headers: { ...req.headers, 'content-type': type }, limits: { files: 1, fields: 16, fieldSize: 4_096, parts: 20, headerPairs: 64, fileSize } });
  } catch (cause) {
    throw refusal('the form has no boundary', cause);
  }
}

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip, 'x-gzip': createGunzip, deflate: createInflate, br: createBrotliDecompress,
};

function decoded(req: IncomingMessage): Readable {
  const encoding = (req.headers['content-encoding'] ?? '').trim().toLowerCase();
  if (encoding === 'identity' || encoding === '') return req;
  const decoder = Object.hasOwn(DECODERS, encoding) ? DECODERS[encoding] : undefined;
  if (!decoder) throw new SluiceError('unsupported_encoding', 'content-encoding: gzip, deflate and br are understood', { param: 'content-encoding' });
  return req.pipe(decoder());
}
