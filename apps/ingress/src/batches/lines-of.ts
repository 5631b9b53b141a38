/** The lines of a file, chunk by chunk. A line lies in one chunk, unless it is longer than any may be. */
import { type ChunkStore, LONGEST_LINE_BYTES, type StoredFile } from '@sluice/domain';

export interface FoundLine {
  readonly chunk: number;
  /** Of its first byte within the chunk. */
  readonly offset: number;
  /** Without its line feed. Of a line that is too long: its first chunk and one byte. */
  readonly bytes: Buffer;
}

const LINE_FEED = 10;

export async function* linesOf({ id, chunks }: StoredFile, store: ChunkStore): AsyncGenerator<FoundLine> {
  /** In the middle of a line that is too long, and has been told of. */
  let skipping = false;
  // The next chunk is fetched while the lines of this one are looked at.
  const fetch = (chunk: number): Promise<Buffer> => {
    const bytes = chunk < chunks ? store.read(id, chunk) : Promise.resolve(Buffer.alloc(0));
    bytes.catch(() => undefined); // told when its turn comes
    return bytes;
  };
  let next = fetch(0);
  for (let chunk = 0; chunk < chunks; chunk += 1) {
    const bytes = await next;
    next = fetch(chunk + 1);
    const isWhole = bytes.at(-1) === LINE_FEED || chunk === chunks - 1;
    let offset = 0;
    if (skipping) {
      const end = bytes.indexOf(LINE_FEED);
      if (end < 0) continue;
      skipping = false;
      offset = end + 1;
    }
    while (offset < bytes.length) {
      const found = bytes.indexOf(LINE_FEED, offset);
      const end = found < 0 ? bytes.length : found;
      skipping = found < 0 && !isWhole;
      yield { chunk, offset, bytes: skipping ? Buffer.alloc(LONGEST_LINE_BYTES + 1) : bytes.subarray(offset, end) };
      offset = end + 1;
    }
  }
}
