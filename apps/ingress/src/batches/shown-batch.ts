/** Batches as they are shown. Counting the lines of a running one is not free: a count stands for a while. */
import { type Batch, type BatchOutcome, batchObject, NO_OUTCOME } from '@sluice/domain';
import type { BatchVerbs } from '@sluice/store';

const STANDS_AT_LEAST_MS = 1_000;
/** Times as long as it took: however large a batch is and whoever looks, counting takes no more than a twentieth of Postgres. */
const STANDS_TIMES = 20;

export type ShowBatch = (batch: Batch) => Promise<ReturnType<typeof batchObject>>;

export function batchShower(batches: Pick<BatchVerbs, 'progress'>): ShowBatch {
  const counted = new Map<string, Promise<BatchOutcome>>();
  const count = (id: string): Promise<BatchOutcome> => {
    const known = counted.get(id);
    if (known) return known;
    const began = performance.now();
    const counting = batches.progress(id).finally(() => {
      setTimeout(() => counted.delete(id), Math.max(STANDS_AT_LEAST_MS, STANDS_TIMES * (performance.now() - began))).unref();
    });
    counted.set(id, counting);
    return counting;
  };
  return async (batch) => batchObject(batch, batch.outcome ?? (batch.inProgressAt === null ? NO_OUTCOME : await count(batch.id)));
}
