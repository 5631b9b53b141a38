/**
 * The provider's own word on its limits: what it states, what it refuses in spite of our count, and what others take.
 *
 * A limit that was not configured is learned, for the model that was called, because that is how providers count. Where the
 * configured and the stated differ the lower holds. A refusal that no header explains cuts what is used of the fullest limit.
 */
import type { Limit, LimitReading } from '@sluice/domain';
import { type Account, allow, learnBoundary, takenOf } from './account.ts';
import { groupOf } from './accounts.ts';
import { afterRefusal, type Factor, valueAt, WHOLE } from './factor.ts';
import { type Foreign, holdBack, noForeign, notice, sample } from './foreign.ts';
import type { State } from './state.ts';
import type { LimitState } from './types.ts';

export interface Word {
  readonly limitId: string;
  /** The amount the provider stated last; undefined: none. */
  stated: number | undefined;
  factor: Factor;
  readonly foreign: Foreign;
}

/** A provider's headers name a handful; a caller that makes up models must not make us keep one each. */
const LEARNED_AT_MOST = 100;
/** Of a limit whose window is not stated. */
const USUAL_WINDOW_MS = 60_000;
/** What is used of a limit follows its growth in so many steps a window. */
const STEPS = 50;

export interface Heard {
  readonly permit: number;
  readonly model: string;
  /** The call was granted, the body written, and its answer began at these times (epoch ms): the provider spoke in between. */
  readonly grantedAt: number;
  readonly sentAt: number;
  readonly at: number;
  readonly readings: readonly LimitReading[];
  readonly refused: boolean;
}

/** Limits that have to be learned from what was heard; the accounts must be opened anew with them. */
export function toLearn(state: State, { model, readings }: Pick<Heard, 'model' | 'readings'>): readonly LimitState[] {
  return readings.flatMap((reading): LimitState[] => {
    const windowMs = reading.windowMs ?? USUAL_WINDOW_MS;
    const kin = ownLimits(state).filter(({ limit }) => isMeant(limit, reading));
    const covering = kin.filter(({ limit }) => limit.model === undefined || limit.model === model);
    // One for the connection as a whole stays as it is: the provider spoke of one model.
    if (covering.some(({ limit }) => limit.model !== undefined || limit.amount <= reading.amount)) return [];
    const window = kin[0]?.limit.window ?? 'sliding';
    const limit = { model, dimension: reading.dimension, amount: reading.amount, windowMs, window };
    return [{ id: `learned/${reading.dimension}/${model}/${windowMs}`, kind: 'own', limit }];
  }).slice(0, Math.max(0, LEARNED_AT_MOST - state.learned.size));
}

/**
 * Whether a reading speaks of a limit: of the same window, or of the same amount. Headers hardly ever say their window, and whoever
 * configured that very amount knows it.
 */
const isMeant = (limit: Pick<Limit, 'dimension' | 'windowMs' | 'amount'>, { dimension, windowMs, amount }: LimitReading): boolean =>
  limit.dimension === dimension && (limit.windowMs === (windowMs ?? USUAL_WINDOW_MS) || limit.amount === amount);

const ownLimits = ({ capacity, learned }: State): readonly LimitState[] =>
  [...capacity?.limits ?? [], ...learned.values()].filter(({ kind }) => kind === 'own');

/** Takes in what one answer told of limits; accounts for all of them must be open. */
export function hear(state: State, heard: Heard, now: number): void {
  const { readings, model, at, refused, sentAt } = heard;
  let explained = false;
  for (const reading of readings) {
    const account = accountFor(state, model, reading);
    if (account === undefined) continue;
    const word = wordOf(state, account);
    explained = (word.stated !== undefined && reading.amount < word.stated) || explained;
    if (account.limit.model === model) word.stated = reading.amount;
    refresh(state, word, now);
    if (reading.resetMs !== null && reading.resetMs > 0) learnBoundary(account, { earliest: sentAt + reading.resetMs, latest: at + reading.resetMs });
    if (reading.remaining === null) continue;
    const used = Math.max(0, reading.amount - reading.remaining);
    explained = notice(word.foreign, account, { at, used, refused }) > 0 || word.foreign.taken.total(now) > 0 || explained;
  }
  if (refused && !explained) cut(state, heard, now);
}

/** The account a reading speaks of: of the model's own limit before that of the connection; never that of a pace. */
function accountFor(state: State, model: string, reading: LimitReading): Account | undefined {
  const covering = groupOf(state.accounts, model).accounts.filter(({ kind, limit, share }) => kind === 'own' && (share === 1 || limit.window === 'bucket') && isMeant(limit, reading));
  return covering.find(({ limit }) => limit.model === model) ?? covering[0];
}

function wordOf(state: State, account: Account): Word {
  const known = state.words.get(account.limitId);
  if (known !== undefined) return known;
  const word: Word = { limitId: account.limitId, stated: undefined, factor: WHOLE, foreign: noForeign(account.limit.windowMs) };
  state.words.set(account.limitId, word);
  return word;
}

/** The fullest limit is to blame, where nobody says which. */
function cut(state: State, { model, readings, grantedAt }: Heard, now: number): void {
  const covering = groupOf(state.accounts, model).accounts.filter(({ kind, limit, amount }) => kind === 'own' && limit.windowMs > 0 && amount > 0);
  const used = readings.filter(({ remaining }) => remaining === 0).map(({ dimension }) => dimension);
  const named = covering.filter(({ limit }) => used.includes(limit.dimension));
  const [fullest] = (named.length > 0 ? named : covering).toSorted((a, b) => takenOf(b, now) / b.amount - takenOf(a, now) / a.amount);
  if (fullest === undefined) return;
  const word = wordOf(state, fullest);
  word.factor = afterRefusal(word.factor, { grantedAt, now, windowMs: limitOf(state, fullest.limitId)?.limit.windowMs ?? 0 });
  refresh(state, word, now);
}

export const limitOf = (state: State, id: string): LimitState | undefined => ownLimits(state).find((limit) => limit.id === id);

/** What is used of a limit now: the lower of configured and stated, as far as refusals let it. */
export function effectiveAmount(state: State, word: Word, now: number): number | undefined {
  const limit = limitOf(state, word.limitId)?.limit;
  if (limit === undefined) return undefined;
  const configured = state.learned.has(word.limitId) ? Number.POSITIVE_INFINITY : limit.amount;
  const part = Math.floor(valueAt(word.factor, limit.windowMs, now) * STEPS) / STEPS;
  return Math.min(configured, word.stated ?? limit.amount) * Math.max(part, 1 / STEPS);
}

function refresh(state: State, word: Word, now: number): void {
  const amount = effectiveAmount(state, word, now);
  if (amount === undefined) return;
  for (const account of state.accounts.all) if (account.limitId === word.limitId) allow(account, amount, now);
}

/** After the accounts were opened anew: what is said of their limits holds for them too. */
export function keepWords(state: State, now: number): void {
  for (const word of state.words.values()) {
    if (limitOf(state, word.limitId) === undefined) {
      state.words.delete(word.limitId);
      continue;
    }
    word.foreign.held = 0;
    refresh(state, word, now);
  }
}

/** Before anything is decided: amounts that grow back, and what is held back for others. */
export function refreshWords(state: State, now: number): void {
  for (const word of state.words.values()) {
    if (word.factor.value < 1) refresh(state, word, now);
    const account = mainAccount(state, word);
    if (account !== undefined) holdBack(word.foreign, account, now);
  }
}

/** After it: what we count now is what the provider's next word is held against. */
export function sampleWords(state: State, now: number): void {
  for (const word of state.words.values()) {
    const account = mainAccount(state, word);
    if (account !== undefined) sample(word.foreign, account, now);
  }
}

/** Not that of its pace, which has a window of its own. */
const mainAccount = (state: State, { limitId }: Word): Account | undefined => state.accounts.all.find((account) => account.limitId === limitId);
