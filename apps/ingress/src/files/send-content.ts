/** The bytes of a file as they are, chunk by chunk at the reader's pace, whatever `Accept` says. */
import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import type { ChunkStore, StoredFile } from '@sluice/domain';

export async function sendContent(res: ServerResponse, file: StoredFile, chunks: ChunkStore): Promise<void> {
  const first = file.chunks > 0 ? await chunks.read(file.id, 0) : Buffer.alloc(0); // before the answer is begun: it may not be there
  res.writeHead(200, { 'content-type': 'application/octet-stream', 'content-length': file.bytes, 'content-disposition': disposition(file.filename) });
  await send(res, first);
  for (let chunk = 1; chunk < file.chunks && !res.closed; chunk += 1) await send(res, await chunks.read(file.id, chunk));
  res.end();
}

async function send(res: ServerResponse, bytes: Buffer): Promise<void> {
  if (res.closed || res.write(bytes)) return;
  const gone = new AbortController();
  // A reader that leaves never drains.
  await Promise.race([once(res, 'drain', { signal: gone.signal }), once(res, 'close', { signal: gone.signal })]).finally(() => gone.abort());
}

const disposition = (name: string): string => `attachment; filename*=UTF-8''${encodeURIComponent(name.toWellFormed()).replaceAll("'", '%27')}`;
