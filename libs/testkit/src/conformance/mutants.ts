/** Converters broken in one way each. A suite that does not notice one of them judges nothing. */
import { isObject, listIn, objectIn, parseJson, written } from '../facts/json.ts';
import type { Converter } from './converters.ts';
import { edited, editedEvent, editedJson, type Edit } from './rewrite.ts';

export interface Mutant {
  readonly name: string;
  readonly of: (converter: Converter) => Converter;
}

const requests = (name: string, change: (body: string, converter: Converter) => string): Mutant => ({
  name,
  of: (converter) => ({
    ...converter,
    request: (input) => {
      const answer = converter.request(input);
      return answer.kind === 'converted' ? { ...answer, body: change(answer.body, converter) } : answer;
    },
  }),
});

const answers = (name: string, change: Edit): Mutant => ({
  name,
  of: (converter) => ({
    ...converter,
    response: (input) => {
      const answer = converter.response(input);
      return { ...answer, body: editedJson(answer.body, change) };
    },
    stream: (input) => {
      const stream = converter.stream(input);
      const broken = (events: readonly string[]) => events.map((event) => editedEvent(event, change));
      return { ...stream, step: (event) => broken(stream.step(event)), end: () => broken(stream.end()) };
    },
  }),
});

/** Broken in both directions. */
const both = (name: string, change: Edit): Mutant => ({
  name,
  of: (converter) => answers(name, change).of(requests(name, (body) => editedJson(body, change)).of(converter)),
});

const isId = (key: string) => ['id', 'tool_call_id', 'tool_use_id', 'call_id', 'toolUseId'].includes(key);
const isResult = (item: unknown) => {
  const one = objectIn(item);
  return one['role'] === 'tool' || one['type'] === 'tool_result' || one['type'] === 'function_call_output' || 'toolResult' in one || 'functionResponse' in one;
};
const RESULT_TEXT = ['content', 'output', 'response'];

/** The first two results of a list with each other's content. */
function swapped(items: readonly unknown[]): readonly unknown[] {
  const [a, b] = items.flatMap((item, index) => (isResult(item) ? [index] : []));
  if (a === undefined || b === undefined) return items;
  const inner = (item: unknown) => objectIn(objectIn(item)['toolResult'] ?? objectIn(item)['functionResponse'] ?? item);
  const textOf = (item: unknown) => Object.fromEntries(Object.entries(inner(item)).filter(([key]) => RESULT_TEXT.includes(key)));
  const withText = (item: unknown, text: object) => {
    const one = objectIn(item);
    const name = ['toolResult', 'functionResponse'].find((key) => key in one);
    return name === undefined ? { ...one, ...text } : { ...one, [name]: { ...objectIn(one[name]), ...text } };
  };
  return items.with(a, withText(items[a], textOf(items[b]))).with(b, withText(items[b], textOf(items[a])));
}

const swapIn: Edit = (_key, value) => (Array.isArray(value) ? swapped(value) : value);

/** Takes the last text of a conversation away. */
function withoutLastText(body: string): string {
  const root = objectIn(parseJson(body));
  const list = ['messages', 'input', 'contents'].find((key) => Array.isArray(root[key]));
  if (list === undefined) return body;
  const turns = listIn(root[list]);
  const isSaid = (turn: unknown) => typeof objectIn(turn)['content'] === 'string' || partsIn(turn).some((part) => typeof objectIn(part)['text'] === 'string');
  const at = turns.findLastIndex(isSaid);
  return at < 0 ? body : written({ ...root, [list]: turns.with(at, withoutText(objectIn(turns[at]))) });
}

const partsIn = (turn: unknown): readonly unknown[] => listIn(objectIn(turn)['content'] ?? objectIn(turn)['parts']);

function withoutText(turn: Readonly<Record<string, unknown>>): unknown {
  if (typeof turn['content'] === 'string') return { ...turn, content: 'lost' };
  const parts = partsIn(turn);
  const last = parts.findLastIndex((part) => typeof objectIn(part)['text'] === 'string');
  return { ...turn, [turn['parts'] === undefined ? 'content' : 'parts']: parts.filter((_, index) => index !== last) };
}

/** Rewritten by a parser, so that `1.0` becomes `1`. */
const reparsed: Edit = (key, value) => {
  if (key === 'arguments' && typeof value === 'string') return tolerant(value);
  return key === 'input' || key === 'args' ? (isObject(value) ? (JSON.parse(JSON.stringify(value)) as unknown) : value) : value; // JSON in, JSON out
};

const tolerant = (text: string): string => {
  try {
    return JSON.stringify(JSON.parse(text));
  } catch {
    return text; // a piece of a streamed text
  }
};

/** A client's system message from the middle of the conversation, at its top. */
function systemFirst(text: string): string {
  const root = objectIn(parseJson(text));
  const list = Array.isArray(root['input']) ? 'input' : 'messages';
  const turns = listIn(root[list]).map(objectIn);
  const isSystem = ({ role }: Readonly<Record<string, unknown>>) => role === 'system' || role === 'developer';
  return written({ ...root, [list]: [...turns.filter(isSystem), ...turns.filter((turn) => !isSystem(turn))] });
}

const SIGNATURES = ['signature', 'encrypted_content', 'thoughtSignature', 'extra_content', 'reasoning_details'];
const FINISHES = ['finish_reason', 'stop_reason'];
const COUNTS = ['prompt_tokens', 'completion_tokens', 'input_tokens', 'output_tokens'];

export const MUTANTS: readonly Mutant[] = [
  {
    name: 'reply {}',
    of: (converter) => ({ ...converter, request: () => ({ kind: 'converted', body: '{}', warnings: [] }), response: () => ({ kind: 'converted', body: '{}', warnings: [], remembered: [] }) }),
  },
  { name: 'refuse all', of: (converter) => ({ ...converter, request: () => ({ kind: 'refused', path: 'model', reason: 'not today' }) }) },
  both('drop a signature', (key, value) => (SIGNATURES.includes(key) ? (typeof value === 'string' ? 'lost' : undefined) : value)),
  requests('swap parallel results', (body) => editedJson(body, swapIn)),
  answers('sum usage', (key, value) => (COUNTS.includes(key) && typeof value === 'number' ? value * 2 : value)),
  requests('lose the last text', withoutLastText),
  both('arguments through JSON.parse', reparsed),
  answers('wrong index', (key, value, holder) => (key === 'index' && typeof value === 'number' && ('function' in holder || 'delta' in holder || 'content_block' in holder) ? value + 1 : value)),
  requests('drop the error flag', (body) => editedJson(body, (key, value) => (key === 'is_error' || (key === 'status' && value === 'error') ? undefined : value))),
  answers('finish always stop', (key, value) => (FINISHES.includes(key) && typeof value === 'string' ? (key === 'stop_reason' ? 'end_turn' : 'stop') : value)),
  requests('keep an empty id', (body) => editedJson(body, (key, value) => (isId(key) && typeof value === 'string' ? '' : value))),
  { name: 'move a middle system message to the top', of: (converter) => ({ ...converter, request: (input) => converter.request({ ...input, text: systemFirst(input.text) }) }) },
  requests('lose a tool', (body) => written(edited(parseJson(body), (key, value) => (key === 'tools' && Array.isArray(value) && value.length > 0 ? value.slice(1) : value)))),
  answers('lose the last piece of a text', (key, value) => (key === 'content' && typeof value === 'string' && value !== '' ? value.slice(0, -1) : value)),
  {
    name: 'end without an end',
    of: (converter) => ({
      ...converter,
      stream: (input) => {
        const stream = converter.stream(input);
        return { ...stream, step: (event) => stream.step(event).filter((sent) => !/message_stop|response\.completed|\[DONE\]/.test(sent)), end: () => [] };
      },
    }),
  },
  { name: 'warn of what has arrived', of: (converter) => ({ ...converter, request: (input) => {
    const answer = converter.request(input);
    return answer.kind === 'converted' ? { ...answer, warnings: [...answer.warnings, { path: converter.from === 'responses' ? 'input' : 'messages', reason: 'x' }] } : answer;
  } }) },
];

