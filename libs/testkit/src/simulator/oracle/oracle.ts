/**
 * The oracle: a record of every call that is kept apart from the enforcement, and the recount of each limit from it.
 * Benchmarks and tests believe it rather than the broker under test or the simulator's own limits.
 */
import type { Limit } from '@sluice/domain';
import type { Counting } from '../limits/enforcer.ts';
import type { CallRecord } from './call.ts';
import { limitName } from './limit-name.ts';
import { mostAtOnce, mostInAlignedWindow, mostInAnyWindow, spentBetween, spentOn, type Spent } from './recount.ts';

export interface LimitReport {
  readonly name: string;
  /** The API key whose ledger this is, shortened. */
  readonly key: string;
  readonly model: string | null;
  readonly dimension: Limit['dimension'];
  readonly amount: number;
  readonly windowMs: number;
  readonly window: Limit['window'];
  /** In force from here (epoch ms), until the next change of limits. */
  readonly since: number;
  readonly until: number | null;
  /** How many whole windows the count below covers, from the first charge on; or the length asked for in windows. */
  readonly windows: number;
  readonly usedOverWholeWindows: number;
  /** used / (amount × windows); null while no whole window has passed. For concurrency: most at once / amount. */
  readonly utilisation: number | null;
  /** In any sliding interval of `windowMs`, whatever the window model. For concurrency: most at once. */
  readonly maxInAnyWindow: number;
  /** In any aligned window, where the model is `fixed`. */
  readonly maxInAlignedWindow: number | null;
  /** In any interval of `paceMs`, where there is one. */
  readonly maxInAnyPace: number | null;
}

export interface OracleReport {
  readonly since: number;
  readonly calls: number;
  readonly answered: number;
  readonly refused: number;
  readonly rejected: number;
  readonly faulted: number;
  readonly clientGone: number;
  readonly open: number;
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** Refusals by the name of the limit, as `requests 600/60s sliding`. */
  readonly refusals: Readonly<Record<string, number>>;
  readonly limits: readonly LimitReport[];
  /** Oldest calls that are no longer kept: the figures per limit do not cover them. */
  readonly forgotten: number;
}

/** Half-open, epoch ms: utilisation over exactly this span instead of the whole windows since the first charge. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface Era {
  readonly limits: readonly Limit[];
  readonly since: number;
  readonly until: number | null;
}

export interface OracleInput {
  readonly calls: readonly CallRecord[];
  readonly eras: readonly Era[];
  readonly counting: Counting;
  readonly fixedOffsetMs: number;
  readonly since: number;
  readonly forgotten: number;
}

/** Everything but the forgotten, recounted now. Cost: calls × limits; not for a hot path. */
export function reportOf(input: OracleInput, span?: Span): OracleReport {
  const { calls } = input;
  const having = (outcome: CallRecord['outcome']): number => calls.filter((call) => call.outcome === outcome).length;
  const refusals: Record<string, number> = {};
  for (const { refusedBy } of calls) {
    if (refusedBy) refusals[limitName(refusedBy)] = (refusals[limitName(refusedBy)] ?? 0) + 1;
  }
  return {
    since: input.since,
    calls: calls.length + input.forgotten,
    answered: having('answered'),
    refused: having('refused'),
    rejected: having('rejected'),
    faulted: having('faulted'),
    clientGone: having('client_gone'),
    open: having('open'),
    inputTokens: calls.reduce((sum, call) => sum + (call.charged ? call.inputTokens : 0), 0),
    outputTokens: calls.reduce((sum, call) => sum + (call.charged ? call.outputTokens : 0), 0),
    refusals,
    limits: input.eras.flatMap((era) => era.limits.flatMap((limit) => reportsOf({ limit, era, span }, input))),
    forgotten: input.forgotten,
  };
}

interface Row {
  readonly limit: Limit;
  readonly era: Era;
  readonly span: Span | undefined;
}

/** One row for each key that was charged for this limit in its time. */
function reportsOf({ limit, era, span }: Row, input: OracleInput): LimitReport[] {
  const until = era.until ?? Infinity;
  const inEra = input.calls.filter((call) => call.charged && call.arrivedAt >= era.since && call.arrivedAt < until
    && (limit.model === undefined || limit.model === call.model));
  const keys = [...new Set(inEra.map((call) => call.key))];
  return keys.map((key) => {
    const calls = inEra.filter((call) => call.key === key);
    const base = {
      name: limitName(limit), key: shortKey(key), model: limit.model ?? null, dimension: limit.dimension, amount: limit.amount,
      windowMs: limit.windowMs, window: limit.window, since: era.since, until: era.until,
    };
    return limit.dimension === 'concurrency'
      ? { ...base, ...concurrencyFigures(limit, calls) }
      : { ...base, ...windowFigures(limit, spentOn(limit, calls, input.counting), { fixedOffsetMs: input.fixedOffsetMs, span }) };
  });
}

type Figures = Pick<LimitReport,
  'windows' | 'usedOverWholeWindows' | 'utilisation' | 'maxInAnyWindow' | 'maxInAlignedWindow' | 'maxInAnyPace'>;

function concurrencyFigures(limit: Limit, calls: readonly CallRecord[]): Figures {
  const most = mostAtOnce(calls);
  return {
    windows: 0,
    usedOverWholeWindows: most,
    utilisation: most / limit.amount,
    maxInAnyWindow: most,
    maxInAlignedWindow: null,
    maxInAnyPace: null,
  };
}

function windowFigures(
  limit: Limit, spent: readonly Spent[], how: { readonly fixedOffsetMs: number; readonly span: Span | undefined },
): Figures {
  const span = how.span ?? wholeWindows(spent, limit.windowMs);
  const windows = (span.toMs - span.fromMs) / limit.windowMs;
  const used = spentBetween(spent, span.fromMs, span.toMs);
  return {
    windows,
    usedOverWholeWindows: used,
    utilisation: windows > 0 ? used / (limit.amount * windows) : null,
    maxInAnyWindow: mostInAnyWindow(spent, limit.windowMs),
    maxInAlignedWindow: limit.window === 'fixed' ? mostInAlignedWindow(spent, limit.windowMs, how.fixedOffsetMs) : null,
    maxInAnyPace: limit.paceMs === undefined ? null : mostInAnyWindow(spent, limit.paceMs),
  };
}

function wholeWindows(spent: readonly Spent[], windowMs: number): Span {
  const first = spent[0]?.at ?? 0;
  const last = spent.at(-1)?.at ?? first;
  return { fromMs: first, toMs: first + Math.floor((last - first) / windowMs) * windowMs };
}

/** Enough to tell keys apart, not enough to use one. */
export const shortKey = (key: string): string => (key.length <= 8 ? key : `${key.slice(0, 3)}…${key.slice(-4)}`);
