/**
 * `POST /v1/files`: a form that is streamed into chunks as it comes, never held whole. A file is seen when its last chunk
 * is stored; of an upload that breaks, or is refused, nothing stays.
 */
import type { IncomingMessage } from 'node:http';
import { type ChunkStore, MOST_FILE_BYTES, newId, SluiceError, type StoredFile } from '@sluice/domain';
import type { FileVerbs } from '@sluice/store';
import { ChunkWriter } from './chunk-writer.ts';
import { declaredUpload } from './declared-upload.ts';
import { receiveForm } from './receive-form.ts';

export interface UploadParts {
  readonly files: FileVerbs;
  readonly chunks: ChunkStore;
}

export interface Uploading {
  readonly environmentId: string;
  /** How long a batch's input is kept where the form does not say. */
  readonly retentionMs: number;
}

export async function upload(req: IncomingMessage, of: Uploading, { files, chunks }: UploadParts): Promise<StoredFile> {
  const id = newId('file-', Date.now());
  await files.begin({ id, environmentId: of.environmentId, purpose: 'user_data', filename: '', state: 'uploading' });
  try {
    const form = await receiveForm(req, MOST_FILE_BYTES, async (bytes) => {
      const writer = new ChunkWriter(id, chunks);
      for await (const piece of bytes) await writer.write(piece);
      return writer.end();
    });
    const declared = declaredUpload(form.fields, form.file?.filename ?? null, of.retentionMs);
    if (!form.file) throw new SluiceError('invalid_request', "'file' is a required property", { param: 'file' });
    return await files.finish({ id, ...declared, ...form.file.stored });
  } catch (error) {
    await chunks.remove(id);
    await files.forget(id);
    throw error;
  }
}
