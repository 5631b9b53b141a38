/** `store.files`: what each promises is told where it is written. */
import type { Kysely } from 'kysely';
import { beginFile, type BegunFile, deleteFile, type FilePage, finishFile, forgetFile, listFiles, type Owned, readFile, removableFiles, type WholeFile } from './files.ts';
import { postgresChunks } from './postgres-chunks.ts';

export type FileVerbs = ReturnType<typeof fileVerbs>;

export function fileVerbs(db: Kysely<unknown>) {
  return {
    begin: (file: BegunFile) => beginFile(db, file),
    finish: (file: WholeFile) => finishFile(db, file),
    read: (owned: Owned) => readFile(db, owned),
    list: (page: FilePage) => listFiles(db, page),
    delete: (owned: Owned) => deleteFile(db, owned),
    removable: () => removableFiles(db),
    forget: (id: string) => forgetFile(db, id),
    /** Where the bytes are unless an installation keeps them elsewhere. */
    chunks: postgresChunks(db),
  };
}
