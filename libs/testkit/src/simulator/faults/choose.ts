/** Which faults meet a call: pure, and the same for the same seed, script, call number and time. */
import { chance } from '../random.ts';
import type { Fault, FaultKind, Rule, When } from './rule.ts';

/** Faults of the whole provider rather than of a call: they happen by time, or when a call of theirs arrives. */
export type ProviderFault = Extract<Fault, { kind: 'limits' | 'refuse_connections' }>;
/** Faults that change how an answer comes about; any number can meet one call. */
export type Shaping = Extract<Fault, { kind: 'latency' | 'slow_first_byte' | 'usage' }>;
/** Faults that decide how a call ends; the first one that matches does. */
export type Ending = Exclude<Fault, ProviderFault | Shaping>;

export interface CallFacts {
  /** From 1, counted since the script was set. */
  readonly call: number;
  /** Milliseconds since the script was set. */
  readonly elapsedMs: number;
  readonly model: string;
  readonly key: string;
}

export interface Chosen {
  readonly ending: Ending | null;
  readonly latencyMs: number | null;
  readonly firstByteDelayMs: number;
  readonly usage: Extract<Fault, { kind: 'usage' }> | null;
  readonly provider: readonly ProviderFault[];
}

export const NO_FAULT: Chosen = { ending: null, latencyMs: null, firstByteDelayMs: 0, usage: null, provider: [] };

/** `fired` holds indexes of rules of the whole provider that already happened: they happen once. */
export function chooseFaults(
  rules: readonly Rule[], facts: CallFacts, given: { readonly seed: number; readonly fired: ReadonlySet<number> },
): Chosen {
  if (rules.length === 0) return NO_FAULT;
  const matching = rules.filter((rule, index) => matches(rule.when, facts, chance(given.seed, 'fault', index, facts.call))
    && !(isProviderFault(rule.fault) && (given.fired.has(index) || isTimed(rule))));
  if (matching.length === 0) return NO_FAULT;
  const faults = matching.map((rule) => rule.fault);
  const latency = faults.findLast((fault) => fault.kind === 'latency');
  return {
    ending: faults.find(isEnding) ?? null,
    latencyMs: latency ? latency.latencyMs : null,
    firstByteDelayMs: faults.reduce((sum, fault) => (fault.kind === 'slow_first_byte' ? sum + fault.delayMs : sum), 0),
    usage: faults.find((fault) => fault.kind === 'usage') ?? null,
    provider: faults.filter(isProviderFault),
  };
}

export function matches(when: When, facts: CallFacts, thrown: number): boolean {
  const first = when.fromCall ?? 1;
  return facts.call >= first
    && facts.call <= (when.toCall ?? Infinity)
    && (when.every === undefined || (facts.call - first) % when.every === 0)
    && facts.elapsedMs >= (when.fromMs ?? 0)
    && facts.elapsedMs < (when.toMs ?? Infinity)
    && (when.model === undefined || when.model === facts.model)
    && (when.key === undefined || when.key === facts.key)
    && (when.probability === undefined || thrown < when.probability);
}

export const isProviderFault = (fault: Fault): fault is ProviderFault =>
  fault.kind === 'limits' || fault.kind === 'refuse_connections';

/** A fault of the whole provider that no call brings about: it happens by the clock alone. */
export const isTimed = ({ when, fault }: Rule): boolean => isProviderFault(fault)
  && when.fromCall === undefined && when.toCall === undefined && when.every === undefined
  && when.model === undefined && when.key === undefined && when.probability === undefined;

const SHAPING: ReadonlySet<FaultKind> = new Set(['latency', 'slow_first_byte', 'usage']);
const isEnding = (fault: Fault): fault is Ending => !isProviderFault(fault) && !SHAPING.has(fault.kind);
