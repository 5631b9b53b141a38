/**
 * Cuts a stream of bytes into chunks that end with a line feed, so that no line of a batch lies in two of them. A chunk is
 * no longer than `CHUNK_BYTES` unless a line is; bytes without any line feed are cut after the longest line.
 */
import { CHUNK_BYTES, LONGEST_LINE_BYTES } from './chunk-store.ts';

const LINE_FEED = 10;

export class ChunkCutter {
  #pieces: Buffer[] = [];
  #bytes = 0;
  /** Is there a line feed in what is held? Without one nothing is looked through or copied again. */
  #mayCut = false;

  /** The chunks that are whole now. */
  push(piece: Buffer): readonly Buffer[] {
    this.#hold(piece);
    if (this.#bytes < CHUNK_BYTES || !(this.#mayCut || this.#bytes >= LONGEST_LINE_BYTES)) return [];
    const chunks: Buffer[] = [];
    let rest = Buffer.concat(this.#pieces, this.#bytes);
    for (let end = endOfChunk(rest); end > 0; end = endOfChunk(rest)) {
      chunks.push(rest.subarray(0, end));
      rest = rest.subarray(end);
    }
    this.#forget();
    // Copied, so that a few bytes do not keep all that was cut off before them.
    this.#hold(Buffer.from(rest));
    return chunks;
  }

  /** What is left, if anything. */
  end(): readonly Buffer[] {
    const rest = Buffer.concat(this.#pieces, this.#bytes);
    this.#forget();
    return rest.length === 0 ? [] : [rest];
  }

  #hold(piece: Buffer): void {
    this.#pieces.push(piece);
    this.#bytes += piece.length;
    this.#mayCut ||= piece.includes(LINE_FEED);
  }

  #forget(): void {
    this.#pieces = [];
    this.#bytes = 0;
    this.#mayCut = false;
  }
}

/** 0: nothing can be cut off yet. */
function endOfChunk(bytes: Buffer): number {
  if (bytes.length < CHUNK_BYTES) return 0;
  const within = bytes.lastIndexOf(LINE_FEED, CHUNK_BYTES - 1) + 1;
  const end = within > 0 ? within : bytes.indexOf(LINE_FEED, CHUNK_BYTES) + 1;
  if (end > LONGEST_LINE_BYTES || (end === 0 && bytes.length >= LONGEST_LINE_BYTES)) return LONGEST_LINE_BYTES;
  return end;
}
