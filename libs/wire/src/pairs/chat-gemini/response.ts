/** A generateContent answer as a Chat completion. */
import { add, addAll, type Answer, type Piece } from '../../formats/chat/answer.ts';
import { madeWhole, making } from '../../formats/chat/making.ts';
import { get, numberOf, readJson, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import type { AnswerInput, ConvertedAnswer, ResponseInput } from '../pair.ts';
import { finishOf } from './finish.ts';
import { take, type State } from './parts.ts';

export function response(input: ResponseInput): ConvertedAnswer {
  const body = readJson(input.text);
  // Without `alt=sse` a stream is one array.
  const chunks = body?.kind === 'array' ? body.items : body ? [body] : [];
  return madeWhole(concluded(chunks.reduce((so, chunk) => take(so, chunk)[0], initial(input))));
}

export const initial = (input: AnswerInput): State => ({ ...making(input), seed: input.id, reasons: new Map(), grounding: new Map(), blocked: false });

/** With everything that is known only at the end. */
export function concluded(state: State): State {
  const answer = state.answer.choices.reduce<Answer>((so, choice, index) => {
    const grounded = addAll(so, annotationsOf(state.grounding.get(index), choice.text), index);
    const finish = state.blocked ? 'content_filter' : finishOf(state.reasons.get(index));
    // Its calls finish with a stop.
    return add(grounded, { kind: 'finish', finish: finish === 'stop' && choice.calls.length > 0 ? 'tool_calls' : finish }, index);
  }, state.answer);
  return { ...state, answer: { ...answer, counts: state.counts } };
}

/** One for each source of each piece of text that has some. Google counts bytes, Chat characters. */
function annotationsOf(grounding: JsonNode | undefined, text: string): readonly Piece[] {
  const at = charactersAt(text);
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

/** From a number of bytes to that of the characters they hold: the segments come in order, so that a text is walked over once. */
function charactersAt(text: string): (node: JsonNode | undefined) => number {
  const bytes = Buffer.from(text);
  let [known, characters] = [0, 0];
  return (node) => {
    let wanted = Math.min(numberOf(node) ?? 0, bytes.length);
    while (isContinuation(bytes[wanted])) wanted--; // not inside a character
    if (wanted < known) [known, characters] = [0, 0];
    characters += bytes.toString('utf8', known, wanted).length;
    known = wanted;
    return characters;
  };
}

const isContinuation = (byte: number | undefined): boolean => byte !== undefined && (byte & 0xc0) === 0x80;
