/** `store.batches`: what each promises is told where it is written. */
import type { BatchError, End } from '@sluice/domain';
import type { Kysely } from 'kysely';
import type { Partitions } from '../partitions.ts';
import {
  type BatchKey, beginBatch, cancelBatch, claimBatches, createBatch, endBatch, failBatch, finalizeBatch, type HeldBatch, listBatches, type NewBatch,
  type OwnedBatch, readBatch, releaseBatch, renewBatch,
} from './batches.ts';
import { batchProgress, dropLines, endedLines, endUnfedLines, fedLines, hasWaitingLines, insertLines, type NewLine } from './lines.ts';

export type BatchVerbs = ReturnType<typeof batchVerbs>;

type Page = Parameters<typeof endedLines>[2];

export function batchVerbs(db: Kysely<unknown>, partitions: Partitions) {
  return {
    create: (batch: NewBatch, idempotency: BatchKey | null) => createBatch(db, batch, idempotency),
    read: (owned: OwnedBatch) => readBatch(db, owned),
    list: (page: Parameters<typeof listBatches>[1]) => listBatches(db, page),
    cancel: (owned: OwnedBatch) => cancelBatch(db, owned),
    claim: (claim: { leaseMs: number; most: number }) => claimBatches(db, claim),
    renew: (held: Pick<HeldBatch, 'id' | 'lease'>, leaseMs: number) => renewBatch(db, held, leaseMs),
    release: (held: Pick<HeldBatch, 'id' | 'lease'>, againInMs: number) => releaseBatch(db, held, againInMs),
    begin: (held: HeldBatch, total: number) => beginBatch(db, held, total),
    fail: (held: HeldBatch, errors: readonly BatchError[]) => failBatch(db, held, errors),
    finalize: (held: HeldBatch) => finalizeBatch(db, held),
    end: (held: HeldBatch, how: Parameters<typeof endBatch>[2]) => endBatch(db, held, how),
    insertLines: (held: HeldBatch, lines: readonly NewLine[]) => insertLines(db, partitions, { held, lines }),
    dropLines: (held: HeldBatch) => dropLines(db, held),
    progress: (batch: string) => batchProgress(db, batch),
    hasWaiting: (batch: string) => hasWaitingLines(db, batch),
    endUnfed: (batch: string, end: End) => endUnfedLines(db, batch, end),
    fed: (batch: string, page: Page) => fedLines(db, batch, page),
    ended: (batch: string, page: Page) => endedLines(db, batch, page),
  };
}
