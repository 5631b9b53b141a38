/** What an unfinished batch needs now. Every step may be repeated by the next process that holds it. */
import type { End, EndError, FinalState } from '@sluice/domain';
import { crashPoint } from '@sluice/queue';
import type { HeldBatch } from '@sluice/store';
import { type BatchParts, validateBatch } from './validate-batch.ts';
import { writeResults } from './write-results.ts';

const FED_AT_ONCE = 200;

/** Resolves with the time after which it is to be looked at again, ms. */
export async function lookAfter(batch: HeldBatch, parts: BatchParts, held: () => boolean): Promise<number> {
  switch (batch.status) {
    case 'validating':
      await validateBatch(batch, parts, held);
      return 0;
    case 'in_progress': {
      const isLate = parts.now() >= batch.expiresAt;
      // Those in lanes meet their own deadline, which is the same.
      if (isLate) await endUnfed(batch, { state: 'expired', code: 'deadline_exceeded', message: 'The completion window of the batch has passed.' }, parts);
      return finalizeWhenEnded(batch, parts);
    }
    case 'cancelling': {
      // Cancelled before it was found right: nothing of it was run, and nothing of it stays.
      if (batch.inProgressAt === null) await parts.batches.dropLines(batch);
      await endUnfed(batch, { state: 'cancelled', ...CANCELLED }, parts);
      await cancelQueued(batch, parts, held);
      return finalizeWhenEnded(batch, parts);
    }
    case 'finalizing': {
      const files = await writeResults(batch, parts, held);
      crashPoint('batch:written');
      if (files) await parts.batches.end(batch, { files, outcome: await parts.batches.progress(batch.id) });
      return 0;
    }
    case 'failed': case 'completed': case 'expired': case 'cancelled': return 0;
    default: return batch.status satisfies never;
  }
}

const LOOK_AGAIN_MS = 500;
const CANCELLED = { code: 'cancelled', message: 'The batch was cancelled.' } as const;

async function finalizeWhenEnded(batch: HeldBatch, { batches }: BatchParts): Promise<number> {
  if (await batches.hasWaiting(batch.id)) return LOOK_AGAIN_MS;
  await batches.finalize(batch);
  return 0;
}

const errorOf = ({ code, message }: Pick<EndError, 'code' | 'message'>): EndError => ({ code, message, param: null, retryAfterMs: null, provider: null });

async function endUnfed({ id }: HeldBatch, { state, ...error }: { state: FinalState } & Pick<EndError, 'code' | 'message'>, { batches }: BatchParts): Promise<void> {
  const end: End = { state, last: 0, attempts: 0, usage: null, error: errorOf(error), route: null, queueMs: 0 };
  while (await batches.endUnfed(id, end) > 0);
}

/** What waits in lanes is taken out of them; what runs has its end, which is paid for anyway. */
async function cancelQueued({ id }: HeldBatch, { batches, door }: BatchParts, held: () => boolean): Promise<void> {
  for (let after = 0; held();) {
    const fed = await batches.fed(id, { after, most: FED_AT_ONCE });
    const last = fed.at(-1);
    if (!last) return;
    after = last.line;
    await Promise.all(fed.map(async ({ job }) => {
      if ((await door.status(job.id))?.state !== 'running') await door.endKept(job, 'client', errorOf(CANCELLED));
    }));
  }
}
