/**
 * A call whose job is kept: accepted in Postgres first, then answered here as any other, handed over at once, or handed over
 * when its caller's patience ends. One that was accepted before, under the same key, is that job again.
 */
import { crashPoint } from '@sluice/queue';
import type { Accepted } from '@sluice/store';
import type { Admission } from '../admit/admit.ts';
import { idempotencyConflict } from '../admit/keeping.ts';
import type { Call } from '../call/call.ts';
import { openCall } from '../call/open-call.ts';
import type { EdgeParts, Visit } from '../visit.ts';
import { handOver, justAccepted } from './hand-over.ts';
import { asked, storedJob } from './kept-parts.ts';

export async function answerKept(visit: Visit, { admission, body }: { admission: Admission; body: Buffer }, parts: EdgeParts): Promise<void> {
  const { job, keeping } = admission;
  const waitMs = keeping.mode === 'async' ? keeping.respondWithinMs ?? 0 : null;
  // Open before the job can be seen by anybody, so that no frame comes before there is a call for it.
  const call = waitMs === 0 ? undefined : openPatient(visit, { admission, waitMs }, parts);
  let accepted: Accepted;
  try {
    accepted = await asked(parts.kept.jobs.accept({ job, body, webhook: keeping.webhook, reply: parts.kept.ingress, idempotencyKey: keeping.idempotencyKey }));
  } catch (error) {
    call?.handOver();
    throw error;
  }
  crashPoint('accept:committed');
  parts.door.wakeFeeder();
  switch (accepted.kind) {
    case 'accepted':
      if (call) return call.submitted(false);
      return handOver({ ...visit, keeping, warnings: admission.warnings, stored: justAccepted(job, keeping) });
    case 'same':
      call?.handOver();
      return attach(visit, { admission, id: accepted.job }, parts);
    case 'conflict':
      call?.handOver();
      throw idempotencyConflict();
    default:
      return accepted satisfies never;
  }
}

/** A call that turns into a job object when it has waited for as long as its caller wants to. null: as long as it takes. */
function openPatient(visit: Visit, { admission, waitMs }: { admission: Admission; waitMs: number | null }, parts: EdgeParts): Call {
  const { job, keeping, warnings } = admission;
  const timer = waitMs === null ? undefined : setTimeout(() => {
    if (call.handOver()) handOver({ ...visit, keeping, warnings, stored: justAccepted(job, keeping) });
  }, waitMs);
  const call = openCall(visit, { ...admission, onClosed: () => clearTimeout(timer) }, parts);
  return call;
}

/** The same request again: the same job, and the same answer, also while it runs. */
async function attach(visit: Visit, { admission, id }: { admission: Admission; id: string }, parts: EdgeParts): Promise<void> {
  const { environment } = visit.caller.home;
  const stored = await storedJob(parts.kept, { id: environment.id, retentionMs: environment.settings.retentionMs }, id);
  if (visit.res.closed) return;
  const { keeping, warnings } = admission;
  if (keeping.mode === 'async') return handOver({ ...visit, keeping, warnings, stored });
  openCall(visit, { ...admission, job: stored.job, guest: true }, parts).submitted(true);
}
