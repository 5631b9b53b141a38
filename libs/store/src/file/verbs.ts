/** `store.files`: what each promises is told where it is written. */
import type { ChunkStore } from '@sluice/domain';
import type { Kysely } from 'kysely';
import { beginFile, type BegunFile, deleteFile, type FilePage, finishFile, forgetFile, listFiles, type Owned, readFile, removableFiles, type WholeFile } from './files.ts';
import { postgresChunks } from './postgres-chunks.ts';

export type FileVerbs = ReturnType<typeof fileVerbs>;

export function fileVerbs(db: Kysely<unknown>, chunks: ChunkStore = postgresChunks(db)) {
  return {
    begin: (file: BegunFile) => beginFile(db, file),
    finish: (file: WholeFile) => finishFile(db, file),
    read: (owned: Owned) => readFile(db, owned),
    list: (page: FilePage) => listFiles(db, page),
    delete: (owned: Owned) => deleteFile(db, owned),
    removable: () => removableFiles(db),
    forget: (id: string) => forgetFile(db, id),
    chunks,
  };
}
