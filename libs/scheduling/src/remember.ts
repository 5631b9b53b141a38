/** What was heard of the provider, for the next owner: written down now and then, and taken in before anything else. */
import { addGate } from './gates.ts';
import { openUntil } from './gate.ts';
import { noForeign } from './foreign.ts';
import type { State } from './state.ts';
import type { Remembered } from './types.ts';
import { limitOf } from './word.ts';

export function remember(state: State, now: number): Remembered {
  const { words, learned, gates, cooldownUntil } = state;
  return {
    v: 1,
    limits: [...words.values()].map(({ limitId, stated, factor, foreign }) => ({
      id: limitId, learned: learned.get(limitId)?.limit ?? null, stated: stated ?? null,
      factor: { ...factor, refusedAt: Math.min(1, factor.refusedAt), at: Math.max(0, factor.at), cutAt: Math.max(0, factor.cutAt) },
      foreign: foreign.taken.total(now), heardAt: Math.max(0, foreign.heardAt),
    })),
    cooldownUntil: Math.max(0, cooldownUntil),
    gates: [...gates.values()].filter(({ state: at, forced }) => at !== 'closed' || forced)
      .map(({ model, until, backoffMs, forced }) => ({ model, until: Number.isFinite(until) ? until : 0, backoffMs, forced })),
  };
}

/** Takes back what was remembered; the accounts are to be opened anew, and then charged for others. */
export function recall(state: State, memory: Remembered, now: number): void {
  for (const { id, learned, stated, factor, foreign, heardAt } of memory.limits) {
    if (learned !== null) state.learned.set(id, { id, kind: 'own', limit: learned });
    const windowMs = limitOf(state, id)?.limit.windowMs;
    if (windowMs === undefined) continue;
    const word = { limitId: id, stated: stated ?? undefined, factor, foreign: noForeign(windowMs) };
    if (foreign > 0) Object.assign(word.foreign, { since: now - windowMs, heardAt });
    word.foreign.taken.add(now, foreign);
    state.words.set(id, word);
  }
  if (memory.cooldownUntil > now) state.cooldownUntil = Math.max(state.cooldownUntil, memory.cooldownUntil);
  for (const { model, until, backoffMs, forced } of memory.gates) {
    const gate = state.gates.get(model) ?? addGate(state, model);
    Object.assign(gate, { backoffMs, forced });
    // Of an operator's word the end is not known; of any other it is passed by now, or will be: one call then goes first.
    if (!forced) openUntil(gate, until === 0 ? Number.POSITIVE_INFINITY : until, until === 0 ? 'operator' : 'refused');
  }
}

/** Of what others took it is only known that it was within the window: it counts for one from now on. */
export function chargeRecalled(state: State, memory: Remembered, now: number): void {
  for (const { id, foreign } of memory.limits) state.accounts.all.find(({ limitId }) => limitId === id)?.stamps.add(now, foreign);
}
