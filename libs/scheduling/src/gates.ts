/** The gates of a connection: told of answers and cooldowns, and kept as accounts, so that whoever decides need not know of them. */
import { ALL, answered, closedGate, force, type Gate, lostProbe, openUntil, setGate } from './gate.ts';
import type { State } from './state.ts';
import type { Decision, Event, LimitState } from './types.ts';

/** Models that may have one; those beyond are not watched. */
const GATES_AT_MOST = 100;

/** Their accounts: open calls are counted, and none, one more or any number is allowed. */
export const gateLimits = ({ gates }: State): readonly LimitState[] => [...gates.keys()].map((model) => ({
  id: idOf(model), kind: 'slots',
  limit: { ...(model === ALL ? {} : { model }), dimension: 'concurrency', amount: 1, windowMs: 0, window: 'sliding' },
}));

const idOf = (model: string): string => `gate/${model}`;
export const isGate = (limitId: string): boolean => limitId.startsWith('gate/');

/** Whether a gate that is not there yet is needed for this event: the accounts are then to be opened anew. */
export function needsGate(state: State, event: Event): string | undefined {
  const model = modelOf(event);
  return model === undefined || state.gates.has(model) || state.gates.size >= GATES_AT_MOST ? undefined : model;
}

function modelOf(event: Event): string | undefined {
  switch (event.kind) {
    case 'cooldown': return event.model ?? ALL;
    case 'circuit': return event.model;
    case 'heard': return event.answer === 'failing' ? event.model : undefined;
    default: return undefined;
  }
}

export function addGate(state: State, model: string): Gate {
  const gate = closedGate(model);
  gate.passes = state.capacity?.elsewhere?.includes(model) ?? false;
  state.gates.set(model, gate);
  return gate;
}

/** After a new capacity: where failing calls can go may have changed. */
export function tellGates(state: State): void {
  for (const gate of state.gates.values()) gate.passes = state.capacity?.elsewhere?.includes(gate.model) ?? false;
}

/** Whether the gate was not open before, and is now. */
export function coolDown({ gates }: State, { until, model }: Event & { kind: 'cooldown' }): boolean {
  const gate = gates.get(model ?? ALL);
  if (gate === undefined) return false;
  const wasOpen = gate.state === 'open';
  openUntil(gate, until, 'refused');
  return !wasOpen && !gate.forced;
}

export function setCircuit({ gates }: State, { model, to }: Event & { kind: 'circuit' }): void {
  const gate = gates.get(model);
  if (gate !== undefined) force(gate, to);
}

/** The connection's gate is only asked after a refusal: failures are a model's own. */
export function hearAnswer({ gates }: State, { permit, model, answer, sentAt, at }: Event & { kind: 'heard' }, now: number): void {
  if (answer === null) return;
  const whole = gates.get(ALL);
  const latencyMs = Math.max(0, at - sentAt);
  if (whole?.state === 'half_open') answered(whole, { permit, answer, latencyMs, now });
  const gate = gates.get(model);
  if (gate !== undefined) answered(gate, { permit, answer, latencyMs, now });
}

export function permitOver({ gates }: State, permit: number): void {
  for (const gate of gates.values()) lostProbe(gate, permit);
}

/** Before anything is decided. */
export function setGates({ gates, accounts, permits }: State, now: number): void {
  for (const gate of gates.values()) {
    const account = accounts.all.find(({ limitId }) => limitId === idOf(gate.model));
    const probe = gate.probe === undefined ? undefined : permits.open.get(gate.probe);
    if (probe === undefined || probe.lapsed) gate.probe = undefined;
    if (account !== undefined) setGate(gate, account, now);
  }
}

/** After it: what was granted through a half-open gate goes first. */
export function noteProbes({ gates }: State, decisions: readonly Decision[]): void {
  for (const gate of gates.values()) {
    if (gate.state !== 'half_open' || gate.probe !== undefined) continue;
    gate.probe = decisions.flatMap((one) => (one.kind === 'grant' ? [one] : []))
      .find(({ reservation }) => gate.model === ALL || reservation.model === gate.model)?.permit;
  }
}

/** When time alone lets one go. */
export const nextGate = ({ gates }: State): number =>
  [...gates.values()].reduce((next, { state, until }) => (state === 'open' ? Math.min(next, until) : next), Number.POSITIVE_INFINITY);
