/** The facts of a Responses answer: a body, or a finished stream, whose last event holds the whole. */
import { logprobFact } from './chat-answer.ts';
import { errorFact, familyUsage, finishFact, modelFact } from './ending.ts';
import { sseEvents } from './events.ts';
import type { Fact } from './fact.ts';
import { isObject, listIn, numberIn, objectIn, parseJson, stringIn, type JsonObject } from './json.ts';
import { itemFacts } from './responses.ts';

/** @throws SyntaxError when the text is no JSON */
export const responsesAnswer = (text: string): readonly Fact[] => bodyFacts(objectIn(parseJson(text)));

const LAST = ['response.completed', 'response.incomplete', 'response.failed'];

/** Items stand in the last event and in an event each when they are done; some servers leave the last one's list empty. */
export function responsesStream(bytes: Buffer): readonly Fact[] {
  const failed = eventsIn(bytes).find((event) => event['type'] === 'error');
  const whole = responsesWhole(bytes);
  return [...bodyFacts(whole), ...(failed && !isObject(whole['error']) ? [errorFact('error', failed['error'] ?? failed)] : [])];
}

/** The body that the stream's events make. */
export function responsesWhole(bytes: Buffer): JsonObject {
  const events = eventsIn(bytes);
  const last = objectIn(events.findLast((event) => LAST.includes(stringIn(event['type'])))?.['response']);
  const done = events.filter((event) => event['type'] === 'response.output_item.done').map((event) => event['item']);
  // Encrypted reasoning is encrypted anew in the last event: what a client has seen first is what counts.
  return { ...last, output: done.length >= listIn(last['output']).length ? done : last['output'] };
}

const eventsIn = (bytes: Buffer): readonly JsonObject[] => sseEvents(bytes).filter(({ data }) => data.trim() !== '[DONE]').map(({ data }) => objectIn(parseJson(data)));

function bodyFacts(body: JsonObject): readonly Fact[] {
  const output = listIn(body['output']).map(objectIn);
  const facts = output.flatMap((item, index) => [...itemFacts(item, `output[${index}]`), ...besideFacts(item, `output[${index}]`)]);
  return [
    ...facts,
    ...finishFacts(body, facts),
    ...modelFact('model', body['model']),
    ...familyUsage('usage', objectIn(body['usage'])),
    ...(isObject(body['error']) ? [errorFact('error', body['error'])] : []),
  ];
}

/** The format has no reason for calls: an answer that is complete and holds one waits for its result. */
function finishFacts(body: JsonObject, facts: readonly Fact[]): readonly Fact[] {
  const reason = objectIn(body['incomplete_details'])['reason'];
  if (typeof reason === 'string') return [finishFact('incomplete_details.reason', reason)];
  if (body['status'] !== 'completed') return [finishFact('status', null)];
  return [finishFact('status', facts.some(({ kind }) => kind === 'call') ? 'tool_calls' : 'stop')];
}

/** Citations and probabilities of a message's texts. */
function besideFacts(item: JsonObject, path: string): readonly Fact[] {
  return listIn(item['content']).flatMap((value, index) => {
    const part = objectIn(value);
    const at = `${path}.content[${index}]`;
    return [
      ...listIn(part['annotations']).flatMap((note, n) => citationFacts(objectIn(note), `${at}.annotations[${n}]`)),
      ...listIn(part['logprobs']).map((token, n) => logprobFact(objectIn(token), `${at}.logprobs[${n}]`)),
    ];
  });
}

/** Citations of files have no URL. */
const citationFacts = (note: JsonObject, path: string): readonly Fact[] =>
  [{ path, kind: 'citation', url: stringIn(note['url']), start: numberIn(note['start_index']) ?? null, end: numberIn(note['end_index']) ?? null }];
