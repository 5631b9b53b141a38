/** The facts of a Converse answer: a body, or the frames of a ConverseStream put together again. */
import { blocksFacts } from './converse.ts';
import { errorFact, finishFact, sumOf, usageFact } from './ending.ts';
import { frameEvents, type StreamEvent } from './events.ts';
import type { Fact } from './fact.ts';
import { isObject, listIn, numberIn, objectIn, parseJson, stringIn, type JsonObject } from './json.ts';

/** @throws SyntaxError when the text is no JSON */
export const converseAnswer = (text: string): readonly Fact[] => bodyFacts(objectIn(parseJson(text)));

export const converseStream = (bytes: Buffer): readonly Fact[] => converseEvents(frameEvents(bytes));

/** The body that the stream's events make. */
export const converseWhole = (bytes: Buffer): JsonObject => joined(frameEvents(bytes).filter(({ name }) => EVENTS.includes(name ?? '')));

const EVENTS = ['messageStart', 'contentBlockStart', 'contentBlockDelta', 'contentBlockStop', 'messageStop', 'metadata'];

export function converseEvents(events: readonly StreamEvent[]): readonly Fact[] {
  const failed = events.find(({ name }) => !EVENTS.includes(name ?? ''));
  return [...bodyFacts(joined(events)), ...(failed ? [errorFact('error', parseJson(failed.data))] : [])];
}

function bodyFacts(body: JsonObject): readonly Fact[] {
  const content = objectIn(objectIn(body['output'])['message'])['content'];
  return [
    ...blocksFacts(content, 'output.message.content', 'assistant'),
    ...listIn(content).flatMap((block, index) => citationFacts(objectIn(block), `output.message.content[${index}]`)),
    finishFact('stopReason', body['stopReason']),
    ...bedrockUsage('usage', objectIn(body['usage'])),
  ];
}

/** Only those that point to the web have a URL; others point into documents. */
const citationFacts = (block: JsonObject, path: string): readonly Fact[] =>
  listIn(objectIn(block['citationsContent'])['citations']).flatMap((citation, index): readonly Fact[] => {
    const url = stringIn(objectIn(objectIn(objectIn(citation)['location'])['web'])['url']);
    return [{ path: `${path}.citationsContent.citations[${index}]`, kind: 'citation', url, start: null, end: null }];
  });

function bedrockUsage(path: string, usage: JsonObject): readonly Fact[] {
  const cacheRead = numberIn(usage['cacheReadInputTokens']);
  const cacheWrite = numberIn(usage['cacheWriteInputTokens']);
  return usageFact(path, {
    input: sumOf(numberIn(usage['inputTokens']), cacheRead, cacheWrite), output: numberIn(usage['outputTokens']), cacheRead, cacheWrite,
  });
}

function joined(events: readonly StreamEvent[]): JsonObject {
  const blocks = new Map<number, JsonObject>();
  let body: JsonObject = {};
  for (const { name, data } of events) {
    const event = objectIn(parseJson(data));
    const index = numberIn(event['contentBlockIndex']) ?? 0;
    if (name === 'contentBlockStart') blocks.set(index, objectIn(event['start']));
    if (name === 'contentBlockDelta') blocks.set(index, withDelta(blocks.get(index) ?? {}, objectIn(event['delta'])));
    if (name === 'messageStop') body = { ...body, stopReason: event['stopReason'] };
    if (name === 'metadata') body = { ...body, usage: event['usage'] };
  }
  const content = [...blocks.entries()].sort(([a], [b]) => a - b).map(([, block]) => finished(block));
  return { ...body, output: { message: { content } } };
}

function withDelta(block: JsonObject, delta: JsonObject): JsonObject {
  if (typeof delta['text'] === 'string') return { ...block, text: stringIn(block['text']) + delta['text'] };
  if (isObject(delta['toolUse'])) {
    const use = objectIn(block['toolUse']);
    return { ...block, toolUse: { ...use, input: stringIn(use['input']) + stringIn(delta['toolUse']['input']) } };
  }
  if (isObject(delta['reasoningContent'])) return { ...block, reasoningContent: withThought(objectIn(block['reasoningContent']), delta['reasoningContent']) };
  if (isObject(delta['citation'])) return { ...block, citations: [...listIn(block['citations']), delta['citation']] };
  if (Array.isArray(delta['toolResult'])) {
    const result = objectIn(block['toolResult']);
    return { ...block, toolResult: { ...result, content: [...listIn(result['content']), ...delta['toolResult']] } };
  }
  throw new Error(`unknown delta ${JSON.stringify(Object.keys(delta))}`);
}

function withThought(before: JsonObject, delta: JsonObject): JsonObject {
  if (delta['redactedContent'] !== undefined) return { redactedContent: delta['redactedContent'] };
  const known = objectIn(before['reasoningText']);
  const more = (key: string) => stringIn(known[key]) + stringIn(delta[key]);
  return { reasoningText: { text: more('text'), signature: more('signature') } };
}

/** Cited text becomes the block that it is in a whole answer; a call's input is parsed as it was written. */
function finished(block: JsonObject): JsonObject {
  const { citations, text } = block;
  if (Array.isArray(citations)) return { citationsContent: { content: [{ text }], citations } };
  const use = block['toolUse'];
  if (!isObject(use)) return block;
  return { toolUse: { ...use, input: parseJson(stringIn(use['input']) || '{}') } };
}
