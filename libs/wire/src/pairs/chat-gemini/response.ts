/** A generateContent answer as a Chat completion. */
import { add, addAll, completion, emptyAnswer, type Answer, type Piece } from '../../formats/chat/answer.ts';
import { asksUsage } from '../../formats/chat/read-tools.ts';
import { get, numberOf, readJson, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import { write } from '../../leaf/json-write.ts';
import type { AnswerInput, ConvertedAnswer, ResponseInput } from '../pair.ts';
import { finishOf } from './finish.ts';
import { take, type State } from './parts.ts';

export function response(input: ResponseInput): ConvertedAnswer {
  const body = readJson(input.text);
  // Without `alt=sse` a stream is one array.
  const chunks = body?.kind === 'array' ? body.items : body ? [body] : [];
  const state = concluded(chunks.reduce((so, chunk) => take(so, chunk)[0], initial(input)));
  return { kind: 'converted', body: write(completion(state.answer)), warnings: state.warnings, remembered: state.remembered };
}

export const initial = ({ asked, id, model, createdAt }: AnswerInput): State => ({
  answer: emptyAnswer({ id: `chatcmpl-${id}`, model, created: createdAt }),
  seed: id, counts: undefined, reasons: new Map(), grounding: new Map(), blocked: false, remembered: [], warnings: [],
  includeUsage: asksUsage(readJson(asked)), phase: 'waiting',
});

/** With everything that is known only at the end. */
export function concluded(state: State): State {
  const answer = state.answer.choices.reduce<Answer>((so, choice, index) => {
    const grounded = addAll(so, annotationsOf(state.grounding.get(index), choice.text), index);
    const finish = state.blocked ? 'content_filter' : finishOf(state.reasons.get(index), choice.calls.length > 0);
    return add(grounded, { kind: 'finish', finish }, index);
  }, state.answer);
  return { ...state, answer: { ...answer, counts: state.counts } };
}

/** One for each source of each piece of text that has some. Google counts bytes, Chat characters. */
function annotationsOf(grounding: JsonNode | undefined, text: string): readonly Piece[] {
  const bytes = Buffer.from(text);
  const at = (node: JsonNode | undefined): number => bytes.toString('utf8', 0, numberOf(node) ?? 0).length;
  const sources = get(grounding, 'groundingChunks')?.items ?? [];
  return (get(grounding, 'groundingSupports')?.items ?? []).flatMap((support) => {
    const segment = get(support, 'segment');
    return (get(support, 'groundingChunkIndices')?.items ?? []).flatMap((index): readonly Piece[] => {
      const page = get(sources[numberOf(index) ?? -1], 'web');
      const url = stringOf(get(page, 'uri'));
      if (url === undefined) return [];
      const about = { start_index: at(get(segment, 'startIndex')), end_index: at(get(segment, 'endIndex')), url, title: stringOf(get(page, 'title')) ?? '' };
      return [{ kind: 'annotation', annotation: { type: 'url_citation', url_citation: about } }];
    });
  });
}
