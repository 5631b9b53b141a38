/** What workers report and what a new owner finds, as events of `step`. Pure. */
import type { Heard } from '@sluice/domain';
import type { Granted, Report, Settlement, StoredPermit } from '@sluice/queue';
import type { Event } from '@sluice/scheduling';
import { parseLane } from '@sluice/domain';
import { reservationOf } from './heads.ts';

/** `also`: as in `laneHeads`. */
export function eventsOf(report: Report, granted: Granted, also: string | undefined): readonly Event[] {
  switch (report.kind) {
    case 'sent': return [{ kind: 'sent', permit: report.grant, arrivedAt: report.arrivedAt }, ...heardEvents(granted, report.heard)];
    case 'settled': {
      const heard = report.settlement.kind === 'sent' ? report.settlement.heard ?? null : null;
      return [...heardEvents(granted, heard), ...settledEvents(granted, report.settlement, also)];
    }
    default: return report satisfies never;
  }
}

function heardEvents({ g: permit, m: model, ga: grantedAt }: Granted, heard: Heard | null): readonly Event[] {
  if (heard === null) return [];
  const { sentAt, at, reception: answer, readings } = heard;
  return [{ kind: 'heard', permit, model, answer, grantedAt, sentAt, at, readings }];
}

function settledEvents(granted: Granted, settlement: Settlement, also: string | undefined): readonly Event[] {
  if (settlement.kind === 'unsent') return [{ kind: 'released', permit: granted.g }];
  const { arrivedAt, endedAt, outputTokens, cooldownUntil, uncountedInput = 0 } = settlement;
  const inputTokens = settlement.inputTokens === null ? null : Math.max(0, settlement.inputTokens - uncountedInput);
  const settled: Event = { kind: 'settled', permit: granted.g, reservation: reservationOf(granted, also), arrivedAt, endedAt, inputTokens, outputTokens, whose: parseLane(granted.l) };
  if (cooldownUntil === null) return [settled];
  const model = settlement.heard?.scope === 'model' ? { model: granted.m } : {};
  return [settled, { kind: 'cooldown', until: cooldownUntil, ...model }];
}

/** A permit that the owner before left behind. */
export function recoveredEvents({ granted, state }: StoredPermit, also: string | undefined): readonly Event[] {
  const recovered: Event = {
    kind: 'recovered', permit: granted.g, reservation: reservationOf(granted, also), lane: granted.l, whose: parseLane(granted.l), head: `${granted.j}-${granted.a}`,
    grantedAt: granted.ga, claimed: state.kind !== 'granted', arrivedAt: state.kind === 'sent' ? state.arrivedAt : null,
  };
  switch (state.kind) {
    case 'granted': case 'claimed': case 'sent': return [recovered];
    case 'withdrawn': return [];
    case 'settled': return settledEvents(granted, state.settlement, also);
    default: return state satisfies never;
  }
}

/** When the charges of a settled permit are free again, for windows of at most `windowMs`. */
export const freeAt = (settlement: Settlement | 'withdrawn', now: number, windowMs: number): number =>
  (settlement === 'withdrawn' || settlement.kind === 'unsent' ? now : Math.max(now, settlement.endedAt)) + windowMs + 5_000;
