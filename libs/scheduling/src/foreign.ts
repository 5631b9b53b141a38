/**
 * What others take of an account that we are not alone on.
 *
 * After each call a provider may say how much is left of a limit. Less than by our own count means that somebody else uses the
 * account: the difference is charged to the window, like a call of ours. What others take between two such words is foretold from
 * what they took of late, and held back.
 *
 * Our count is taken from the samples since the provider spoke, the highest of them and the one before: permits that have not arrived yet, and charges
 * that left the window since, would otherwise be taken for somebody else's doing, and capacity lost for nothing.
 */
import { type Account, takenOf } from './account.ts';
import { Stamps } from './stamps.ts';

/** Samples are at least this far apart, ms; between two the higher counts. */
const SAMPLE_EVERY_MS = 20;
const SAMPLES = 200;
/** A smaller difference is noise: rounding, clocks, a call under way. Of the amount; never less than one unit. */
const NOISE = 0.01;
/** What others take while a permit is under way to the provider, ms. */
const UNDER_WAY_MS = 250;

interface Sample {
  readonly at: number;
  taken: number;
}

export interface Foreign {
  /** What was charged for others, by when it was noticed. */
  readonly taken: Stamps;
  readonly samples: Sample[];
  /** When others were first noticed, and when the provider last said how much is left. */
  since: number | undefined;
  heardAt: number;
  /** Held back for what they are expected to take; part of what the account floats. */
  held: number;
}

export const noForeign = (windowMs: number): Foreign =>
  ({ taken: new Stamps(windowMs), samples: [], since: undefined, heardAt: Number.NEGATIVE_INFINITY, held: 0 });

/** Remembers what we count now. */
export function sample(foreign: Foreign, account: Account, now: number): void {
  const taken = takenOf(account, now) - foreign.held;
  const last = foreign.samples.at(-1);
  if (last !== undefined && now - last.at < SAMPLE_EVERY_MS) last.taken = Math.max(last.taken, taken);
  else foreign.samples.push({ at: now, taken });
  if (foreign.samples.length > SAMPLES) foreign.samples.splice(0, SAMPLES / 2);
}

export interface Remaining {
  /** When the provider said so, epoch ms. */
  readonly at: number;
  /** By its count. */
  readonly used: number;
  /** With a refusal: every unit that we did not know of matters. */
  readonly refused: boolean;
}

/** Charges what somebody else must have taken; how much that was. */
export function notice(foreign: Foreign, account: Account, { at, used, refused }: Remaining): number {
  foreign.heardAt = Math.max(foreign.heardAt, at);
  const { samples } = foreign;
  const before = samples.findLastIndex((each) => each.at <= at);
  const last = samples[before];
  if (last === undefined) return 0; // nobody remembers that far back
  const ours = samples.slice(before).reduce((most, { taken }) => Math.max(most, taken), 0);
  const noise = refused ? 0 : Math.max(1, Math.ceil(account.amount * NOISE));
  const others = Math.floor(used - ours);
  if (others <= noise) return 0;
  account.stamps.add(at, others);
  foreign.taken.add(at, others);
  // From then on it is part of our own count, or the next word of the same step would be charged for it again.
  samples.splice(before + 1, 0, { at, taken: last.taken });
  for (const each of samples.slice(before + 1)) each.taken += others;
  foreign.since ??= at;
  return others;
}

/** Holds back what others are expected to have taken since they were last heard of, and while a permit is under way. */
export function holdBack(foreign: Foreign, account: Account, now: number): void {
  const expected = Math.min(account.amount, foretold(foreign, account.limit.windowMs, now));
  account.floating += expected - foreign.held;
  foreign.held = expected;
}

function foretold({ taken, since, heardAt }: Foreign, windowMs: number, now: number): number {
  if (since === undefined) return 0;
  const total = taken.total(now);
  if (total <= 0) return 0;
  const seenForMs = Math.min(windowMs, Math.max(now - since, windowMs / 10));
  const unheardMs = Math.min(windowMs, Math.max(0, now - heardAt) + UNDER_WAY_MS);
  return Math.ceil((total / seenForMs) * unheardMs);
}
