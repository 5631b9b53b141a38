/**
 * One dispatched attempt, start to finish:
 *
 *   claim → prepare → send (and read) → decide what follows → record the end → follow up
 *
 * Every way out but a rejection ends in a recorded end. A rejection (Redis cannot be asked) leaves the attempt to
 * redelivery, which finds the recorded end or records `lost`.
 */
import { firstAttemptOf, whatFollows, type End, type Job, type Next } from '@sluice/domain';
import type { Claim, EndedAttempt, Granted } from '@sluice/queue';
import type { Control } from './control.ts';
import { endErrorOf } from './end-error.ts';
import { neverCalled, unsent, type Ending } from './ending.ts';
import { logEnded } from './log-ended.ts';
import { prepare } from './prepare.ts';
import { attemptRecord, jobRecord, usageOf } from './records.ts';
import { send } from './send.ts';
import type { Tools } from './tools.ts';

export async function makeAttempt(tools: Tools, granted: Granted, control: Control): Promise<void> {
  const claim = await tools.dispatch.claim(granted);
  switch (claim.kind) {
    case 'void':
      tools.log.debug({ job: granted.j, attempt: granted.a, why: claim.why }, 'attempt is void');
      return;
    case 'ended':
      return tools.dispatch.followUp(granted, { job: claim.job, ended: claim.ended, frames: null });
    case 'abandoned':
      tools.metrics.attemptStarted();
      return finish(tools, granted, { job: claim.job, onRoute: claim.onRoute, ending: lostBefore(tools, granted, claim) });
    case 'claimed': {
      tools.metrics.attemptStarted();
      const ending = await run(tools, granted, { claim, control }).catch(async (error: unknown) => {
        const lost = attemptRecord(claim.job, granted, unsent({ kind: 'lost' }, tools.now()));
        tools.metrics.attemptEnded(lost);
        await tools.dispatch.noteLost(lost);
        throw error;
      });
      return finish(tools, granted, { job: claim.job, onRoute: claim.onRoute, ending });
    }
    default:
      return claim satisfies never;
  }
}

interface Running {
  readonly claim: Extract<Claim, { kind: 'claimed' }>;
  readonly control: Control;
}

async function run(tools: Tools, granted: Granted, { claim, control }: Running): Promise<Ending> {
  if (claim.cancel !== null) control.giveUp({ kind: 'cancelled', by: claim.cancel });
  const gaveUp = control.reason();
  if (gaveUp) {
    const now = tools.now();
    return gaveUp.kind === 'cancelled'
      ? unsent({ kind: 'cancelled', by: gaveUp.by, usage: null }, now)
      : unsent({ kind: 'lost' }, now, 'stopping');
  }
  const preparation = await prepare(tools, granted, claim);
  if (preparation.kind === 'cannot') return preparation.ending;
  return send(tools, { job: claim.job, granted, control, prepared: preparation.prepared });
}

/**
 * Whoever had it is gone, and with it what the call cost: the reservation stands. If it was sent, then by `sendBy`.
 */
function lostBefore(tools: Tools, granted: Granted, claim: Extract<Claim, { kind: 'abandoned' }>): Ending {
  const now = tools.now();
  const arrivedAt = granted.sb + (tools.connections.find(granted.c)?.guardMs ?? 0);
  return {
    outcome: { kind: 'lost' },
    settlement: { kind: 'sent', arrivedAt, endedAt: now, inputTokens: null, outputTokens: null, cooldownUntil: null },
    frames: [], last: claim.frames, begun: claim.begun, costs: true, call: neverCalled(now), note: null,
  };
}

interface Finishing {
  readonly job: Job;
  /** Attempts on this route that cost something, before this one. */
  readonly onRoute: number;
  readonly ending: Ending;
}

async function finish(tools: Tools, granted: Granted, { job, onRoute, ending }: Finishing): Promise<void> {
  const facts = { attempt: granted.a, route: granted.r, onRoute: onRoute + (ending.costs ? 1 : 0), begun: ending.begun, now: ending.call.endedAt };
  const next = whatFollows(ending.outcome, job, facts);
  const { ended, end } = recordsOf(job, granted, { ending, next });
  tools.metrics.attemptEnded(ended.record);
  const frames = next.kind === 'finish' ? ending.frames : [];
  const recorded = await tools.dispatch.endAttempt(granted, { job, ended, frames, end });
  if (recorded === 'refused') {
    tools.log.warn({ job: job.id, attempt: granted.a }, 'attempt was fenced off: its end is not recorded');
    // Whoever has the job by now has told of this attempt, unless Redis had forgotten it: then nobody else knows that a call was made.
    return tools.dispatch.noteLost({ ...ended.record, outcome: 'lost', errorCode: 'fenced' });
  }
  logEnded(tools.log, ended, next);
  // What was published before these is not at hand any more.
  await tools.dispatch.followUp(granted, { job, ended, frames: ending.begun ? null : frames });
}

/** Everything that is recorded with the end; pure. */
export function recordsOf(job: Job, granted: Granted, { ending, next }: { readonly ending: Ending; readonly next: Next }) {
  const base = { v: 1, outcome: ending.outcome.kind, next, settlement: ending.settlement, costs: ending.costs } as const;
  const record = attemptRecord(job, granted, ending);
  if (next.kind === 'again') return { ended: { ...base, record, jobRecord: null } satisfies EndedAttempt, end: null };
  const attempts = granted.a - firstAttemptOf(job) + 1;
  const error = endErrorOf(ending.outcome, next.state);
  const end: End = {
    state: next.state, last: ending.last, attempts, usage: usageOf(ending.outcome), error,
    route: granted.r, queueMs: Math.max(0, (ending.call.sentAt ?? ending.call.endedAt) - job.createdAt),
  };
  const final = jobRecord(job, granted, { ending, state: next.state, error });
  return { ended: { ...base, record, jobRecord: final, ...(job.kept ? { end } : {}) } satisfies EndedAttempt, end };
}
