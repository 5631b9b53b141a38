/** What is under way and what is closed, as operators see it. Reads only. */
import type { State } from './state.ts';

/** Permits that are not settled, by lane. */
export function openByLane({ permits }: State): ReadonlyMap<string, number> {
  const open = new Map<string, number>();
  for (const { lane } of permits.open.values()) open.set(lane, (open.get(lane) ?? 0) + 1);
  return open;
}

export interface OpenCircuit {
  /** `*`: of the whole connection. */
  readonly model: string;
  /** Epoch ms; Infinity: until an operator says otherwise. */
  readonly until: number;
  readonly cause: 'refused' | 'failing' | 'operator';
}

export const openCircuits = ({ gates }: State, now: number): readonly OpenCircuit[] =>
  [...gates.values()].filter(({ state, until, passes, cause }) => state === 'open' && until > now && !(passes && cause === 'failing'))
    .map(({ model, until, cause }) => ({ model, until, cause }));

/** Until when nothing is sent, epoch ms; 0: no cooldown. */
export const coolsUntil = ({ cooldownUntil }: State, now: number): number => (cooldownUntil > now ? cooldownUntil : 0);

/** Limits that were not configured but told by the provider, by their ids. */
export const learnedLimits = ({ learned }: State): State['learned'] => learned;
