/** Limits of the command line: plain amounts, or multiples of what the trace asks for on average. */
import type { Dimension, Limit, WindowModel } from '@sluice/domain';
import { parseShortLimits, parseSpan, type TraceRow } from '@sluice/testkit';
import { sum } from '../statistics.ts';

export interface LimitForm {
  readonly window: WindowModel;
  readonly paceMs: number | undefined;
}

/** `total_tokens=2x/60s` of a trace, or `requests=600/60s`. @throws Error with one line that names the limit */
export function limitsOf(texts: readonly string[], rows: readonly TraceRow[], { window, paceMs }: LimitForm): readonly Limit[] {
  return texts.flatMap((text) => text.split(',')).flatMap((text) => parseShortLimits(plain(text.trim(), rows), window, paceMs));
}

/** With a multiple replaced by its amount. */
function plain(text: string, rows: readonly TraceRow[]): string {
  const form = /^(?<dimension>[a-z_]+)=(?<times>\d+(?:\.\d+)?)x\/(?<span>\w+)$/.exec(text)?.groups;
  if (form === undefined) return text;
  const { dimension = '', times = '', span = '' } = form;
  const each = amountOf(dimension);
  if (each === undefined) throw new Error(`--limit ${text}: only limits of requests and tokens can be multiples of the trace`);
  const lengthMs = Math.max(1, rows.at(-1)?.atMs ?? 0);
  const amount = (Number(times) * sum(rows.map(each)) * parseSpan(span, `--limit ${text}`)) / lengthMs;
  return `${dimension}=${Math.max(1, Math.round(amount))}/${span}`;
}

const AMOUNTS: Partial<Record<Dimension, (row: TraceRow) => number>> = {
  requests: () => 1,
  input_tokens: ({ inputTokens }) => inputTokens,
  output_tokens: ({ outputTokens }) => outputTokens,
  total_tokens: ({ inputTokens, outputTokens }) => inputTokens + outputTokens,
};
const amountOf = (dimension: string): ((row: TraceRow) => number) | undefined => new Map(Object.entries(AMOUNTS)).get(dimension);
