/** The whole body of a request, in memory, up to a bound. */
import type { IncomingMessage } from 'node:http';

export const MAX_BODY_BYTES = 64 * 1_024 * 1_024;

/** `gone`: the client went away before its end. What exceeds the bound is read and thrown away, so that an answer can be read. */
export function readBody(req: IncomingMessage): Promise<Buffer | 'too_large' | 'gone'> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    req.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= MAX_BODY_BYTES) chunks.push(chunk);
      else chunks.length = 0;
    });
    req.once('end', () => {
      const [only] = chunks;
      if (bytes > MAX_BODY_BYTES) resolve('too_large');
      else resolve(chunks.length === 1 && only ? only : Buffer.concat(chunks));
    });
    req.once('close', () => resolve('gone'));
  });
}
