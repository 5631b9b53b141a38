/**
 * Where the bytes of files are: in chunks, so that they are streamed in and out and one line of a file is read without the
 * rest of it. Two stand behind this port: Postgres, and anything that speaks S3.
 */
export interface Span {
  /** Bytes, from the chunk's beginning. */
  readonly offset: number;
  readonly length: number;
}

export interface ChunkStore {
  /** Writing the same chunk again replaces it. Chunks are numbered from 0 without gaps. */
  write(file: string, chunk: number, bytes: Buffer): Promise<void>;
  /** Rejects when there is no such chunk. */
  read(file: string, chunk: number, span?: Span): Promise<Buffer>;
  /** All chunks of a file; none is no error. */
  remove(file: string): Promise<void>;
}

/** Small enough to be held by many requests at once, large enough that a file of 200 MB has less than a thousand. */
export const CHUNK_BYTES = 256 * 1024;
/** Of a batch's input. */
export const LONGEST_LINE_BYTES = 8 * 1024 * 1024;
export const MOST_FILE_BYTES = 200 * 1024 * 1024;
