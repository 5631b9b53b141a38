/**
 * The output and the error file of a batch whose lines all have their end, in order of line. Whoever dies in the middle is
 * followed by another who writes new files from the beginning; what was begun is then swept away.
 */
import { newId, type StoredFile } from '@sluice/domain';
import type { HeldBatch } from '@sluice/store';
import { ChunkWriter } from '../files/chunk-writer.ts';
import { resultLine } from './result-line.ts';
import type { BatchParts } from './validate-batch.ts';

/** In one statement: answers may be large. */
const LINES_AT_ONCE = 100;

export async function writeResults(batch: HeldBatch, parts: BatchParts, held: () => boolean): Promise<{ readonly outputFileId: string | null; readonly errorFileId: string | null } | undefined> {
  const output = new ResultFile(batch, 'output', parts);
  const errors = new ResultFile(batch, 'error', parts);
  let after = 0;
  for (;;) {
    if (!held()) return undefined;
    const lines = await parts.batches.ended(batch.id, { after, most: LINES_AT_ONCE });
    const last = lines.at(-1);
    if (!last) break;
    after = last.line;
    const texts = lines.map(resultLine);
    for (const [file, to] of [[output, 'output'], [errors, 'error']] as const) {
      await file.write(texts.filter((each) => each.to === to).map(({ text }) => text).join(''));
    }
  }
  return { outputFileId: (await output.end())?.id ?? null, errorFileId: (await errors.end())?.id ?? null };
}

/** Begun with its first line: a batch without errors has no error file. */
class ResultFile {
  readonly #batch: HeldBatch;
  readonly #kind: 'output' | 'error';
  readonly #parts: BatchParts;
  readonly #id: string;
  #writer: ChunkWriter | undefined;

  constructor(batch: HeldBatch, kind: 'output' | 'error', parts: BatchParts) {
    this.#batch = batch;
    this.#kind = kind;
    this.#parts = parts;
    this.#id = newId('file-', parts.now());
  }

  async write(text: string): Promise<void> {
    if (text === '') return;
    this.#writer ??= await this.#begin();
    await this.#writer.write(Buffer.from(text));
  }

  async end(): Promise<StoredFile | undefined> {
    if (!this.#writer) return undefined;
    const { files, directory } = this.#parts;
    const home = [...directory().keys.values()].find(({ home: { environment } }) => environment.id === this.#batch.environmentId);
    const expiresInMs = home?.home.environment.settings.retentionMs ?? null;
    return files.finish({ id: this.#id, purpose: 'batch_output', filename: this.#filename, expiresInMs, ...await this.#writer.end() });
  }

  get #filename(): string {
    return `${this.#batch.id}_${this.#kind}.jsonl`;
  }

  async #begin(): Promise<ChunkWriter> {
    const { files, chunks } = this.#parts;
    await files.begin({ id: this.#id, environmentId: this.#batch.environmentId, purpose: 'batch_output', filename: this.#filename, state: 'uploading' });
    return new ChunkWriter(this.#id, chunks);
  }
}
