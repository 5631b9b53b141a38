/**
 * Whether calls may go to a route at all: one gate for the connection and one for each model that gave trouble.
 *
 *   closed ──▶ open ──▶ half_open ──▶ closed        a circuit, as electricians say: closed lets calls through
 *      ▲         ▲          │  │
 *      │         └──────────┘  │                    a refusal or too many failures open it; when its time is over one call goes
 *      └───────────────────────┘                    first, and its answer decides
 *
 * It opens after a refusal at a limit until the longest Retry-After, and when most of the late calls failed (errors, or answers
 * slower than five times the usual) for a time that doubles with each failed probe.
 */
import type { Reception } from '@sluice/domain';
import type { Account } from './account.ts';

/** The gate of the connection as a whole. */
export const ALL = '*';

export interface Gate {
  /** A model, or `*` for the connection. */
  readonly model: string;
  state: 'closed' | 'open' | 'half_open';
  /** While open: until when, epoch ms; Infinity: until an operator says otherwise. */
  until: number;
  /** The permit that goes first. */
  probe: number | undefined;
  /** Calls of late and how many of them failed, both fading. */
  calls: number;
  failures: number;
  fadedAt: number;
  /** Usual time to the first byte, ms. */
  usualMs: number | undefined;
  /** How long it opens next for failures. */
  backoffMs: number;
  /** Why it is open, or was. */
  cause: 'refused' | 'failing' | 'operator';
  /** An operator holds it closed: nothing opens it. */
  forced: boolean;
  /** Failing calls can go elsewhere: then it holds nothing back for failures, and only shows them. */
  passes: boolean;
}

const HALF_LIFE_MS = 10_000;
/** Opened by at least this many failures, when they are at least half of the calls. */
const FAILURES = 5;
const SHARE = 0.5;
const FIRST_BACKOFF_MS = 1_000;
const LONGEST_BACKOFF_MS = 30_000;
const SLOW_TIMES = 5;
/** Nothing is slow that takes less than this. */
const SLOW_MS = 10_000;
const NEWEST = 0.1;

export const closedGate = (model: string): Gate => ({
  model, state: 'closed', until: 0, probe: undefined, calls: 0, failures: 0, fadedAt: Number.NEGATIVE_INFINITY, usualMs: undefined,
  backoffMs: FIRST_BACKOFF_MS, cause: 'failing', forced: false, passes: false,
});

/** Nothing goes before `until`; the longest heard of wins. */
export function openUntil(gate: Gate, until: number, cause: Gate['cause']): void {
  if (gate.forced) return;
  gate.cause = cause;
  gate.until = gate.state === 'open' ? Math.max(gate.until, until) : until;
  gate.state = 'open';
  gate.probe = undefined;
}

/** An operator opens it (nothing goes), closes it (whatever comes), or leaves it to itself. */
export function force(gate: Gate, to: 'open' | 'closed' | 'automatic'): void {
  const { model, usualMs, passes } = gate;
  Object.assign(gate, closedGate(model), { usualMs, passes, forced: to === 'closed' });
  if (to === 'open') openUntil(gate, Number.POSITIVE_INFINITY, 'operator');
}

export interface Answered {
  readonly permit: number;
  readonly answer: Reception;
  /** To the first byte, ms; null: none came. */
  readonly latencyMs: number | null;
  readonly now: number;
}

/** A call was answered: the one that went first decides, all others count. A refusal comes with a cooldown of its own. */
export function answered(gate: Gate, { permit, answer, latencyMs, now }: Answered): void {
  const isFailing = answer === 'failing' || (latencyMs !== null && isSlow(gate, latencyMs));
  if (answer === 'ok' && latencyMs !== null) gate.usualMs = gate.usualMs === undefined ? latencyMs : gate.usualMs + NEWEST * (latencyMs - gate.usualMs);
  fade(gate, now);
  gate.calls += 1;
  if (isFailing) gate.failures += 1;
  if (gate.forced) return;
  if (gate.state === 'half_open' && (gate.probe === permit || isPassing(gate))) {
    gate.probe = undefined;
    if (isFailing) reopenLonger(gate, now);
    else if (answer === 'ok') Object.assign(gate, { state: 'closed', calls: 0, failures: 0, backoffMs: FIRST_BACKOFF_MS });
  } else if (gate.state === 'closed' && gate.failures >= FAILURES && gate.failures >= SHARE * gate.calls) {
    reopenLonger(gate, now);
  }
}

const isPassing = ({ passes, cause }: Gate): boolean => passes && cause === 'failing';

const isSlow = ({ usualMs }: Gate, latencyMs: number): boolean => latencyMs > SLOW_MS && usualMs !== undefined && latencyMs > SLOW_TIMES * usualMs;

function reopenLonger(gate: Gate, now: number): void {
  openUntil(gate, now + gate.backoffMs, 'failing');
  gate.backoffMs = Math.min(LONGEST_BACKOFF_MS, 2 * gate.backoffMs);
}

function fade(gate: Gate, now: number): void {
  const left = gate.fadedAt === Number.NEGATIVE_INFINITY ? 0 : 0.5 ** (Math.max(0, now - gate.fadedAt) / HALF_LIFE_MS);
  gate.calls *= left;
  gate.failures *= left;
  gate.fadedAt = now;
}

/** The permit that went first was never answered: another one will. */
export function lostProbe(gate: Gate, permit: number): void {
  if (gate.probe === permit) gate.probe = undefined;
}

/** Lets as much through the gate's account as may go in this step: everything, one more, or nothing. */
export function setGate(gate: Gate, account: Account, now: number): void {
  if (gate.state === 'open' && gate.until <= now) gate.state = 'half_open';
  const oneMore = gate.state === 'half_open' && gate.probe === undefined;
  account.amount = gate.state === 'closed' || isPassing(gate) ? Number.POSITIVE_INFINITY : oneMore ? account.floating + 1 : 0;
}
