/** The facts of a Chat Completions answer: a body, or a stream put together again. */
import { sayFacts } from './chat.ts';
import { errorFact, familyUsage, finishFact, modelFact } from './ending.ts';
import { sseEvents } from './events.ts';
import type { Fact } from './fact.ts';
import { isObject, listIn, numberIn, objectIn, parseJson, stringIn, type JsonObject } from './json.ts';

/** @throws SyntaxError when the text is no JSON */
export const chatAnswer = (text: string): readonly Fact[] => bodyFacts(objectIn(parseJson(text)));

/** Tolerates what providers are known to leave out of chunks: roles, indexes, ids. */
export function chatStream(bytes: Buffer): readonly Fact[] {
  const chunks = chunksIn(bytes);
  const failed = chunks.find((chunk) => isObject(chunk['error']) || typeof chunk['error'] === 'string');
  const { error: _told, ...whole } = joined(chunks);
  return [...bodyFacts(whole), ...(failed ? [errorFact('error', failed['error'])] : [])];
}

/** The body that the stream's chunks make. */
export const chatWhole = (bytes: Buffer): JsonObject => joined(chunksIn(bytes));

const chunksIn = (bytes: Buffer): readonly JsonObject[] => sseEvents(bytes).filter(({ data }) => data.trim() !== '[DONE]').map(({ data }) => objectIn(parseJson(data)));

function bodyFacts(body: JsonObject): readonly Fact[] {
  if (body['error'] !== undefined && body['error'] !== null) return [errorFact('error', body['error'])];
  const groq = objectIn(objectIn(body['x_groq'])['usage']);
  return [
    ...listIn(body['choices']).flatMap((choice, index) => choiceFacts(objectIn(choice), index)),
    ...modelFact('model', body['model']),
    ...familyUsage('usage', isObject(body['usage']) ? body['usage'] : groq),
  ];
}

function choiceFacts(choice: JsonObject, index: number): readonly Fact[] {
  const path = `choices[${index}]`;
  const message = objectIn(choice['message']);
  return [
    ...(index === 0 ? [] : [{ path, kind: 'choice', index } as const]),
    ...sayFacts(message, `${path}.message`),
    ...mediaFacts(message, `${path}.message`),
    ...listIn(message['annotations']).flatMap((note, at) => citationFacts(objectIn(note), `${path}.message.annotations[${at}]`)),
    ...listIn(objectIn(choice['logprobs'])['content']).map((token, at) => logprobFact(objectIn(token), `${path}.logprobs.content[${at}]`)),
    finishFact(`${path}.finish_reason`, choice['finish_reason']),
  ];
}

function citationFacts(note: JsonObject, path: string): readonly Fact[] {
  const cited = objectIn(note['url_citation']);
  if (stringIn(cited['url']) === '') return [];
  return [{ path, kind: 'citation', url: stringIn(cited['url']), start: numberIn(cited['start_index']) ?? null, end: numberIn(cited['end_index']) ?? null }];
}

export const logprobFact = (token: JsonObject, path: string): Fact => ({
  path, kind: 'logprob', token: stringIn(token['token']), logprob: numberIn(token['logprob']) ?? 0,
});

/** Audio as OpenAI gives it, images as OpenRouter does. */
function mediaFacts(message: JsonObject, path: string): readonly Fact[] {
  const audio = objectIn(message['audio']);
  const images = listIn(message['images']).map((image, index): Fact => ({
    path: `${path}.images[${index}]`, kind: 'media', role: 'assistant', type: 'image/*',
    source: { url: stringIn(objectIn(objectIn(image)['image_url'])['url']) },
  }));
  if (typeof audio['data'] !== 'string') return images;
  return [...images, { path: `${path}.audio`, kind: 'media', role: 'assistant', type: 'audio/*', source: { base64: audio['data'] } }];
}

/** One body from all chunks: what is cumulative is taken from the last, what comes in pieces is put together. */
function joined(chunks: readonly JsonObject[]): JsonObject {
  const choices = new Map<number, Choice>();
  let body: JsonObject = {};
  for (const chunk of chunks) {
    const { choices: pieces, ...rest } = chunk;
    const told = Object.fromEntries(Object.entries(rest).filter(([key, value]) => value !== null && !(key === 'model' && value === '')));
    body = { ...body, ...told };
    for (const piece of listIn(pieces)) {
      const { index, ...more } = objectIn(piece);
      const at = numberIn(index) ?? 0;
      choices.set(at, withPiece(choices.get(at) ?? NO_CHOICE, more));
    }
  }
  const ordered = [...choices.entries()].sort(([a], [b]) => a - b).map(([index, { message, calls, logprobs, finish }]) => ({
    index, message: { ...message, ...(calls.length > 0 ? { tool_calls: calls } : {}) }, logprobs: { content: logprobs }, finish_reason: finish,
  }));
  return { ...body, choices: ordered };
}

interface Choice {
  readonly message: JsonObject;
  readonly calls: readonly JsonObject[];
  readonly logprobs: readonly unknown[];
  readonly finish: unknown;
}
const NO_CHOICE: Choice = { message: {}, calls: [], logprobs: [], finish: null };

function withPiece(choice: Choice, piece: JsonObject): Choice {
  const { tool_calls: calls, ...delta } = objectIn(piece['delta']);
  return {
    message: Object.entries(delta).reduce(withDelta, choice.message),
    calls: listIn(calls).reduce<readonly JsonObject[]>((all, call) => withCall(all, objectIn(call)), choice.calls),
    logprobs: [...choice.logprobs, ...listIn(objectIn(piece['logprobs'])['content'])],
    finish: piece['finish_reason'] ?? choice.finish,
  };
}

/** Members that come whole. */
const WHOLE = ['role', 'extra_content', 'thought_signature', 'channel'];

function withDelta(message: JsonObject, [key, value]: readonly [string, unknown]): JsonObject {
  const before = message[key];
  if (value === null || value === undefined) return message;
  if (WHOLE.includes(key) || before === undefined) return { ...message, [key]: value };
  if (key === 'reasoning_details') return { ...message, [key]: withDetails(listIn(before), listIn(value)) };
  if (typeof before === 'string' && typeof value === 'string') return { ...message, [key]: before + value };
  if (Array.isArray(before) || Array.isArray(value)) return { ...message, [key]: withParts(partsOf(before), partsOf(value)) };
  return { ...message, [key]: isObject(before) && isObject(value) ? Object.entries(value).reduce(withDelta, before) : value };
}

const partsOf = (content: unknown): readonly unknown[] =>
  typeof content === 'string' ? (content === '' ? [] : [{ type: 'text', text: content }]) : listIn(content);

/** Text goes on where text stood; other parts come whole. Thoughts in parts are lists of texts. */
function withParts(before: readonly unknown[], more: readonly unknown[]): readonly unknown[] {
  return more.reduce<readonly unknown[]>((all, value) => {
    const part = objectIn(value);
    const last = objectIn(all.at(-1));
    if (last['type'] !== part['type']) return [...all, part];
    if (part['type'] === 'text') return [...all.slice(0, -1), { ...last, text: stringIn(last['text']) + stringIn(part['text']) }];
    if (part['type'] !== 'thinking') return [...all, part];
    return [...all.slice(0, -1), { ...last, thinking: withParts(listIn(last['thinking']), listIn(part['thinking'])) }];
  }, before);
}

/** Pieces of one detail share their index; text and data go on, all else comes once. */
function withDetails(before: readonly unknown[], more: readonly unknown[]): readonly unknown[] {
  return more.reduce<readonly unknown[]>((all, value) => {
    const detail = objectIn(value);
    const at = all.findIndex((one) => objectIn(one)['index'] === detail['index'] && objectIn(one)['type'] === detail['type']);
    const known = objectIn(all[at]);
    if (at < 0) return [...all, detail];
    const texts = Object.fromEntries(['text', 'summary', 'data'].filter((key) => detail[key] !== undefined)
      .map((key) => [key, stringIn(known[key]) + stringIn(detail[key])]));
    const whole = detail['signature'] ? { signature: detail['signature'] } : {};
    return all.with(at, { ...known, ...texts, ...whole });
  }, before);
}

/** A piece without an index begins a call where it brings a name, and goes on with the last one where it does not. */
function withCall(calls: readonly JsonObject[], piece: JsonObject): readonly JsonObject[] {
  const index = numberIn(piece['index']);
  const called = objectIn(piece['function']);
  const at = index === undefined
    ? (stringIn(called['name']) ? -1 : calls.length - 1)
    : calls.findIndex((call) => call['index'] === index);
  const known = calls[at];
  if (known === undefined) return [...calls, piece];
  const before = objectIn(known['function']);
  const name = stringIn(before['name']) || stringIn(called['name']);
  return calls.with(at, { ...known, function: { ...before, name, arguments: stringIn(before['arguments']) + stringIn(called['arguments']) } });
}
