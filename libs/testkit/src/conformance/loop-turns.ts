/** The turns of recorded tool loops: what was asked, what was answered, and the request that came back with the results. */
import { isContent, type Fact } from '../facts/fact.ts';
import { readers } from '../facts/read.ts';
import type { Format } from '../judges/judges.ts';
import type { Exchange } from '../recordings/exchange.ts';
import { classOf } from './classes.ts';
import { keyOf } from './compare-requests.ts';

export interface Turn {
  readonly format: Format;
  readonly next: Exchange;
  readonly asked: readonly Fact[];
  readonly answer: { readonly stream: boolean; readonly body: Buffer };
  /** Ids of the answer's calls, as the recorded client sent them back. */
  readonly calls: readonly string[];
  /** What follows the answer in the next request. */
  readonly results: readonly Fact[];
  /** All of the next request. */
  readonly recorded: readonly Fact[];
}

/** Exchanges of one sequence that follow each other, where the second goes on from the first with the results of its calls. */
export function turnsOfLoops(exchanges: readonly Exchange[]): readonly Turn[] {
  const sequences = new Map<string, Exchange[]>();
  for (const exchange of exchanges) {
    if (exchange.sequence === null || exchange.sequence.of < 2) continue;
    const key = `${exchange.provider} ${exchange.sequence.id}`;
    sequences.set(key, [...(sequences.get(key) ?? []), exchange]);
  }
  return [...sequences.values()].flatMap((sequence) => {
    const ordered = sequence.toSorted((a, b) => (a.sequence?.index ?? 0) - (b.sequence?.index ?? 0));
    return ordered.slice(1).flatMap((next, index) => {
      const turn = ordered[index] && turnOf(ordered[index], next);
      return turn ? [turn] : [];
    });
  });
}

function turnOf(first: Exchange, next: Exchange): Turn | undefined {
  const [before, after] = [classOf(first), classOf(next)];
  if (before.kind !== 'completion' || after.kind !== 'completion' || before.family !== after.family || before.family === 'ollama') return undefined;
  if (!before.request || !after.request || (before.answer !== 'body' && before.answer !== 'stream') || first.response.body.length === 0) return undefined;
  const format = before.family;
  const asked = readers[format].request(first.request.bodyText ?? '');
  const recorded = readers[format].request(next.request.bodyText ?? '');
  const answer = { stream: before.answer === 'stream', body: first.response.body };
  const calls = callsIn(answer.stream ? readers[format].stream(answer.body) : readers[format].answer(answer.body.toString('utf8')));
  const said = recorded.filter(isContent);
  const whole = asked.filter(isContent);
  // It goes on from the first: the same words, then the answer's calls, then what follows them.
  if (calls.length === 0 || !whole.every((fact, index) => said[index] !== undefined && keyOf(fact, 0) === keyOf(said[index], 0))) return undefined;
  const added = said.slice(whole.length);
  const last = added.findLastIndex((fact) => fact.kind === 'call');
  const sentBack = added.filter((fact) => fact.kind === 'call');
  if (sentBack.map(keyWithoutId).join() !== calls.map(keyWithoutId).join()) return undefined;
  return { format, next, asked, answer, calls: sentBack.map(({ id }) => id), results: added.slice(last + 1), recorded };
}

const callsIn = (facts: readonly Fact[]) => facts.filter((fact) => fact.kind === 'call');
const keyWithoutId = (call: Extract<Fact, { kind: 'call' }>): string => `${call.name} ${call.arguments.replace(/\s/g, '')}`;
