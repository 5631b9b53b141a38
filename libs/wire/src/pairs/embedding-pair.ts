/** What conversions of Embeddings share: they have no streams and no memory, and ask for vectors that they do not look into. */
import { embeddingsAnswer } from '../formats/embeddings/answer.ts';
import { encodingOf } from '../formats/embeddings/read-request.ts';
import { readJson } from '../leaf/json-node.ts';
import { itemsOf, members, membersOf, type Member, type Span } from '../leaf/json-text.ts';
import type { Json } from '../leaf/json-write.ts';
import { takeNotes } from '../leaf/notes.ts';
import type { Asking } from '../leaf/settings.ts';
import type { Pair, RequestInput } from './pair.ts';

/** What an answer of the provider says. */
export interface Found {
  /** Each the JSON text of a list of numbers. */
  readonly vectors: readonly string[];
  /** Undefined where the provider has not counted. */
  readonly inputTokens: number | undefined;
}

export interface EmbeddingPair {
  /** The provider's body. `model`: its own name of it. */
  request(asking: Asking, model: string): Json;
  found(answer: Reading): Found;
}

export const embeddingPair = ({ request, found }: EmbeddingPair): Pair<undefined> => ({
  request(input: RequestInput) {
    const root = readJson(input.text);
    if (root?.kind !== 'object') return { kind: 'refused', path: '', reason: 'the body must be a JSON object' };
    const notes = takeNotes(input.onUnsupported);
    return notes.conclude(request({ root, rules: input.rules, notes }, input.model));
  },
  response({ text, asked, model }) {
    const body = embeddingsAnswer({ ...found(readingOf(text)), model, encoding: encodingOf(asked) });
    return { kind: 'converted', body, warnings: [], remembered: [] };
  },
  stream: { start: () => undefined, step: () => [undefined, []], end: () => [], remembered: () => [], warnings: () => [] },
});

/** An answer walked over by spans: a tree of its numbers would be a hundred times its size. */
export interface Reading {
  /** The texts of what stands under these names, `[]` standing for each item of a list. */
  texts(...path: readonly string[]): readonly string[];
  /** The sum of the numbers there; undefined where there is none. */
  sum(...path: readonly string[]): number | undefined;
}

function readingOf(text: string): Reading {
  const bytes = Buffer.from(text);
  const texts: Reading['texts'] = (...path) => {
    const all: Span = { valueStart: bytes.indexOf('{'), valueEnd: bytes.length };
    const spans = path.reduce<readonly Span[]>((at, step) => at.flatMap((span) => inside(bytes, span, step)), isObject(bytes) ? [all] : []);
    return spans.map(({ valueStart, valueEnd }) => bytes.toString('utf8', valueStart, valueEnd));
  };
  return {
    texts,
    sum(...path) {
      const numbers = texts(...path).map(Number).filter(Number.isFinite);
      return numbers.length === 0 ? undefined : numbers.reduce((sum, one) => sum + one, 0);
    },
  };
}

/** Is it JSON, and an object? */
function isObject(bytes: Buffer): boolean {
  try {
    return members(bytes).length >= 0;
  } catch {
    return false; // The caller finds no vectors in it.
  }
}

const inside = (bytes: Buffer, span: Span, step: string): readonly Span[] => {
  if (step === '[]') return itemsOf(bytes, span);
  const member: Member | undefined = membersOf(bytes, span).findLast(({ key }) => key === step);
  return member ? [member] : [];
};
