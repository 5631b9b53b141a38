/** The chunks of files in Postgres: every replica sees them, and nothing else has to be set up. */
import type { ChunkStore } from '@sluice/domain';
import { type Kysely, sql } from 'kysely';

export function postgresChunks(db: Kysely<unknown>): ChunkStore {
  return {
    async write(file, chunk, bytes) {
      await sql`
        insert into file_chunk (file_id, number, bytes) values (${file}, ${chunk}, ${bytes})
        on conflict (file_id, number) do update set bytes = excluded.bytes
      `.execute(db);
    },
    async read(file, chunk, span) {
      // Offsets of substring count from 1.
      const bytes = span ? sql`substring(bytes from ${span.offset + 1} for ${span.length})` : sql`bytes`;
      const { rows: [row] } = await sql<{ bytes: Buffer }>`select ${bytes} as bytes from file_chunk where file_id = ${file} and number = ${chunk}`.execute(db);
      if (!row) throw new Error(`file ${file} has no chunk ${chunk}`);
      return row.bytes;
    },
    async remove(file) {
      await sql`delete from file_chunk where file_id = ${file}`.execute(db);
    },
  };
}
