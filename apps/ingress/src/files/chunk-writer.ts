/** Writes a file: each chunk is stored before the next one is cut, so that whoever sends is held back and memory is not used. */
import { createHash } from 'node:crypto';
import { ChunkCutter, type ChunkStore } from '@sluice/domain';

export interface WrittenChunks {
  readonly bytes: number;
  readonly chunks: number;
  /** Lower-case hex, over the whole. */
  readonly sha256: string;
}

export class ChunkWriter {
  readonly #file: string;
  readonly #store: ChunkStore;
  readonly #cutter = new ChunkCutter();
  readonly #hash = createHash('sha256');
  #bytes = 0;
  #chunks = 0;

  constructor(file: string, store: ChunkStore) {
    this.#file = file;
    this.#store = store;
  }

  async write(piece: Buffer): Promise<void> {
    this.#bytes += piece.length;
    this.#hash.update(piece);
    await this.#keep(this.#cutter.push(piece));
  }

  async end(): Promise<WrittenChunks> {
    await this.#keep(this.#cutter.end());
    return { bytes: this.#bytes, chunks: this.#chunks, sha256: this.#hash.digest('hex') };
  }

  async #keep(chunks: readonly Buffer[]): Promise<void> {
    for (const chunk of chunks) await this.#store.write(this.#file, this.#chunks++, chunk);
  }
}
