/** Batches as they are shown. Counting the lines of a running one is not free: a count stands for a second. */
import { type Batch, type BatchOutcome, batchObject, NO_OUTCOME } from '@sluice/domain';
import type { BatchVerbs } from '@sluice/store';

const STANDS_MS = 1_000;

export type ShowBatch = (batch: Batch) => Promise<ReturnType<typeof batchObject>>;

export function batchShower(batches: Pick<BatchVerbs, 'progress'>): ShowBatch {
  const counted = new Map<string, Promise<BatchOutcome>>();
  const count = (id: string): Promise<BatchOutcome> => {
    const known = counted.get(id);
    if (known) return known;
    const counting = batches.progress(id);
    counted.set(id, counting);
    setTimeout(() => counted.delete(id), STANDS_MS).unref();
    return counting;
  };
  return async (batch) => batchObject(batch, batch.outcome ?? (batch.inProgressAt === null ? NO_OUTCOME : await count(batch.id)));
}
