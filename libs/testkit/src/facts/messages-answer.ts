/** The facts of a Messages answer: a body, or a stream put together again. */
import { errorFact, finishFact, modelFact, sumOf, usageFact } from './ending.ts';
import type { StreamEvent } from './events.ts';
import type { Fact } from './fact.ts';
import { isObject, listIn, numberIn, objectIn, parseJson, stringIn, type JsonObject } from './json.ts';
import { blockFacts } from './messages.ts';

/** @throws SyntaxError when the text is no JSON */
export const messagesAnswer = (text: string): readonly Fact[] => bodyFacts(objectIn(parseJson(text)));

const parsedEvents = (events: readonly StreamEvent[]): readonly JsonObject[] =>
  events.filter(({ data }) => data.trim() !== '[DONE]').map(({ data }) => objectIn(parseJson(data)));

/** The body that the stream's events make. */
export const messagesWhole = (events: readonly StreamEvent[]): JsonObject => joined(parsedEvents(events));

/** The same from events that came otherwise than as SSE. */
export function messagesEvents(events: readonly StreamEvent[]): readonly Fact[] {
  const parsed = parsedEvents(events);
  const failed = parsed.find((event) => event['type'] === 'error');
  return [...bodyFacts(joined(parsed)), ...(failed ? [errorFact('error', failed['error'])] : [])];
}

function bodyFacts(body: JsonObject): readonly Fact[] {
  const { explanation } = objectIn(body['stop_details']);
  if (body['type'] === 'error') return [errorFact('error', body['error'])];
  return [
    ...contentFacts(listIn(body['content'])),
    ...(stringIn(explanation) ? [{ path: 'stop_details.explanation', kind: 'refusal', text: stringIn(explanation) } as const] : []),
    finishFact('stop_reason', body['stop_reason']),
    ...modelFact('model', body['model']),
    ...anthropicUsage('usage', objectIn(body['usage'])),
  ];
}

function contentFacts(blocks: readonly unknown[]): readonly Fact[] {
  let offset = 0;
  return blocks.flatMap((value, index) => {
    const block = objectIn(value);
    const path = `content[${index}]`;
    const start = offset;
    if (block['type'] === 'text') offset += stringIn(block['text']).length;
    return [...blockFacts(block, path, 'assistant'), ...citationFacts(block, path, { start, end: offset })];
  });
}

/** A citation counts for the text of the block it stands in. */
const citationFacts = (block: JsonObject, path: string, span: { readonly start: number; readonly end: number }): readonly Fact[] =>
  listIn(block['citations']).map((citation, index) => ({
    path: `${path}.citations[${index}]`, kind: 'citation', url: stringIn(objectIn(citation)['url']), ...span,
  }));

function anthropicUsage(path: string, usage: JsonObject): readonly Fact[] {
  const cacheRead = numberIn(usage['cache_read_input_tokens']);
  const cacheWrite = numberIn(usage['cache_creation_input_tokens']);
  return usageFact(path, {
    input: sumOf(numberIn(usage['input_tokens']), cacheRead, cacheWrite), output: numberIn(usage['output_tokens']), cacheRead, cacheWrite,
    reasoning: numberIn(objectIn(usage['output_tokens_details'])['thinking_tokens']),
  });
}

/** The message that the events make. Counts are cumulative: the last of each stands. */
function joined(events: readonly JsonObject[]): JsonObject {
  const blocks = new Map<number, JsonObject>();
  let message: JsonObject = {};
  for (const event of events) {
    const index = numberIn(event['index']) ?? 0;
    const delta = objectIn(event['delta']);
    if (event['type'] === 'message_start') message = objectIn(event['message']);
    if (event['type'] === 'content_block_start') blocks.set(index, { ...objectIn(event['content_block']) });
    if (event['type'] === 'content_block_delta') blocks.set(index, withDelta(blocks.get(index) ?? {}, delta));
    if (event['type'] === 'message_delta') message = { ...message, ...delta, usage: { ...objectIn(message['usage']), ...told(objectIn(event['usage'])) } };
  }
  const content = [...blocks.entries()].sort(([a], [b]) => a - b).map(([, block]) => finished(block));
  return { ...message, content };
}

const told = (usage: JsonObject): JsonObject => Object.fromEntries(Object.entries(usage).filter(([, value]) => value !== null));

const PIECES = '__pieces';

function withDelta(block: JsonObject, delta: JsonObject): JsonObject {
  const more = (key: string): JsonObject => ({ ...block, [key]: stringIn(block[key]) + stringIn(delta[key]) });
  switch (delta['type']) {
    case 'text_delta': return more('text');
    case 'thinking_delta': return more('thinking');
    case 'signature_delta': return more('signature');
    case 'input_json_delta': return { ...block, [PIECES]: stringIn(block[PIECES]) + stringIn(delta['partial_json']) };
    case 'citations_delta': return { ...block, citations: [...listIn(block['citations']), delta['citation']] };
    default: throw new Error(`unknown delta ${JSON.stringify(delta['type'])}`);
  }
}

/** The input of a call, parsed as it was written; a stream that was cut leaves half of it. */
function finished(block: JsonObject): JsonObject {
  const { [PIECES]: pieces, ...rest } = block;
  if (typeof pieces !== 'string' || pieces === '') return rest;
  try {
    const input = parseJson(pieces);
    return { ...rest, input: isObject(input) ? input : {} };
  } catch {
    return { ...rest, input: {}, unfinished_input: pieces };
  }
}
