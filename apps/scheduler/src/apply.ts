/** Applies what `step` decided: each kind in one round trip. What Redis answers comes back to `step` as events. */
import type { EndError, Logger } from '@sluice/domain';
import { parseLane } from '@sluice/domain';
import { crashPoint, type Granted, type SchedulerRole } from '@sluice/queue';
import type { Decision } from '@sluice/scheduling';
import type { SchedulerMetrics } from '@sluice/telemetry';
import { countGrant, type Desk } from './desk.ts';
import { grantedOf } from './heads.ts';
import { freeAt } from './reports.ts';

export interface Applying {
  readonly desk: Desk;
  readonly role: SchedulerRole;
  readonly now: () => number;
  readonly metrics: SchedulerMetrics;
  readonly log: Logger;
}

const of = <K extends Decision['kind']>(decisions: readonly Decision[], kind: K) =>
  decisions.filter((decision): decision is Extract<Decision, { kind: K }> => decision.kind === kind);

/** How many were granted; undefined when the lease was lost. */
export async function apply(applying: Applying, decisions: readonly Decision[]): Promise<number | undefined> {
  const granted = await applyGrants(applying, of(decisions, 'grant'));
  if (granted === undefined || !await applyWithdrawals(applying, of(decisions, 'withdraw'))) return undefined;
  await applyExpiries(applying, of(decisions, 'expire'));
  return granted;
}

async function applyGrants({ desk, role, now, metrics }: Applying, decisions: readonly Extract<Decision, { kind: 'grant' }>[]): Promise<number | undefined> {
  if (decisions.length === 0) return 0;
  const grants: Granted[] = [];
  for (const decision of decisions) {
    const lane = desk.lanes.get(decision.lane);
    const entry = lane?.entries.get(decision.head);
    if (!lane || !entry) throw new Error(`decided a head that is not known: ${decision.head}`);
    lane.entries.delete(decision.head);
    lane.waiting -= 1;
    grants.push(grantedOf(decision, entry, { connection: desk.owned.connection, now: now() }));
  }
  // Remembered before it is written: if the answer is lost, the permit may exist.
  for (const granted of grants) desk.memory.open(granted);
  const moved = await role.grant(desk.owned, grants);
  if (!moved) {
    // Fenced off, so none of them was written.
    for (const { g } of grants) desk.memory.drop(g);
    return undefined;
  }
  grants.forEach((granted, index) => {
    if (moved[index]) {
      metrics.granted(desk.connection.name, parseLane(granted.l).priority, 1);
      return countGrant(desk, granted.l, now());
    }
    desk.memory.drop(granted.g);
    desk.events.push({ kind: 'ungranted', permit: granted.g });
    desk.changed.add(granted.l);
  });
  crashPoint('grant:applied');
  return moved.filter(Boolean).length;
}

async function applyWithdrawals({ desk, role, now, log }: Applying, decisions: readonly Extract<Decision, { kind: 'withdraw' }>[]): Promise<boolean> {
  const grants = decisions.flatMap(({ permit }) => desk.memory.find(permit) ?? []);
  if (grants.length === 0) return true;
  const found = await role.withdraw(desk.owned, grants);
  if (!found) return false;
  grants.forEach((granted, index) => {
    // `sent` and `settled` are told by the inbox as well, with their times.
    if (found[index] === 'claimed' || found[index] === 'sent') desk.events.push({ kind: 'claimed', permit: granted.g });
    if (found[index] !== 'withdrawn') return;
    log.info({ job: granted.j, attempt: granted.a }, 'taken back before a worker had it; the job is in its lane again');
    desk.memory.note(granted.g, { kind: 'withdrawn' });
    desk.memory.close(granted.g, freeAt('withdrawn', now(), desk.windowMs));
    desk.events.push({ kind: 'released', permit: granted.g });
    desk.changed.add(granted.l);
  });
  return true;
}

async function applyExpiries({ desk, role }: Applying, decisions: readonly Extract<Decision, { kind: 'expire' }>[]): Promise<void> {
  if (decisions.length === 0) return;
  for (const { lane, head } of decisions) desk.lanes.get(lane)?.entries.delete(head);
  await role.retire(desk.owned.connection, decisions.map(({ lane, head }) => ({ lane, id: head })), { state: 'expired', error: NOT_IN_TIME });
  for (const { lane } of decisions) desk.changed.add(lane);
}

/** The caller may try again: what held it was the queue, not the request. */
export const NOT_IN_TIME: EndError = {
  code: 'queue_timeout', message: 'The request could not be started within the time it may be held. Raise max_wait_ms or its deadline, or try again later.',
  param: null, retryAfterMs: 5_000, provider: null,
};
