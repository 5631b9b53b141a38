/**
 * The bodies of a batch's lines, which lie in the chunks of its file. Lines that are fed together mostly lie in the same
 * chunk: each is read once, whole.
 */
import type { ChunkStore } from '@sluice/domain';
import type { TakenRow } from './feed.ts';
import type { WaitingJob } from './kept-jobs.ts';

export async function withBodies(rows: readonly TakenRow[], chunks: ChunkStore): Promise<readonly WaitingJob[]> {
  const read = new Map<string, Promise<Buffer>>();
  const chunkOf = (file: string, chunk: number): Promise<Buffer> => {
    const key = `${file}/${chunk}`;
    const bytes = read.get(key) ?? chunks.read(file, chunk);
    read.set(key, bytes);
    return bytes;
  };
  return Promise.all(rows.map(async ({ place, body, ...row }) => {
    if (place === null) return { ...row, body };
    const bytes = await chunkOf(place.file, place.chunk);
    // Copied, so that one line does not keep its whole chunk.
    return { ...row, body: Buffer.from(bytes.subarray(place.offset, place.offset + place.length)) };
  }));
}
