/** The order in which an endpoint's events may come: one beginning, one end, nothing after it. */
import { sseEvents } from '../facts/events.ts';
import { isObject, listIn, objectIn, parseJson, stringIn, type JsonObject } from '../facts/json.ts';
import type { Endpoint } from '../judges/judges.ts';

export function orderProblems(endpoint: Endpoint, bytes: Buffer): readonly string[] {
  const events = sseEvents(bytes);
  switch (endpoint) {
    case 'chat': return chatOrder(events.map(({ data }) => data));
    case 'messages': return messagesOrder(events.map(({ data }) => objectIn(parseJson(data))));
    case 'responses': return responsesOrder(events.map(({ data }) => objectIn(parseJson(data))));
    default: return endpoint satisfies never;
  }
}

function chatOrder(data: readonly string[]): readonly string[] {
  const done = data.indexOf('[DONE]');
  const chunks = data.filter((text) => text !== '[DONE]').map((text) => objectIn(parseJson(text)));
  const failed = chunks.findIndex((chunk) => chunk['error'] !== undefined);
  if (failed >= 0) return [...(failed === chunks.length - 1 ? [] : ['chunks after the error']), ...(done < 0 ? [] : ['[DONE] after an error'])];
  return [
    ...(done === data.length - 1 && done > 0 ? [] : ['[DONE] is not the last event, or not the only one']),
    ...finishProblems(chunks),
    ...(new Set(chunks.map(({ id }) => id)).size === 1 ? [] : ['the id changes']),
    ...(chunks.every((chunk) => chunk['object'] === 'chat.completion.chunk') ? [] : ['a chunk that is none']),
    ...callProblems(chunks),
  ];
}

function finishProblems(chunks: readonly JsonObject[]): readonly string[] {
  const choices = chunks.flatMap((chunk) => listIn(chunk['choices']).map(objectIn));
  const indexes = new Set(choices.map(({ index }) => index));
  return [...indexes].flatMap((index) => {
    const own = choices.filter((choice) => choice['index'] === index);
    const finishes = own.filter((choice) => typeof choice['finish_reason'] === 'string').length;
    const spoken = own.findLastIndex((choice) => Object.values(objectIn(choice['delta'])).some((value) => value !== null && value !== ''));
    const finish = own.findIndex((choice) => typeof choice['finish_reason'] === 'string');
    return [...(finishes === 1 ? [] : [`${finishes} finish reasons`]), ...(spoken > finish && finish >= 0 ? ['a delta after the finish'] : [])];
  });
}

/** A call begins with its id and name at the next index; its arguments follow under that index. */
function callProblems(chunks: readonly JsonObject[]): readonly string[] {
  const begun: number[] = [];
  return chunks.flatMap((chunk) => listIn(chunk['choices']).flatMap((choice) => listIn(objectIn(objectIn(choice)['delta'])['tool_calls']).map(objectIn))).flatMap((call) => {
    const index = call['index'];
    if (typeof index !== 'number') return ['a call without index'];
    if (begun.includes(index)) return [];
    begun.push(index);
    return index === begun.length - 1 && stringIn(call['id']) !== '' && stringIn(objectIn(call['function'])['name']) !== '' ? [] : [`call ${index} begins without id or name, or out of order`];
  });
}

function messagesOrder(events: readonly JsonObject[]): readonly string[] {
  const types = events.map(({ type }) => stringIn(type)).filter((type) => type !== 'ping');
  if (types.at(-1) === 'error') return types.includes('message_stop') ? ['an end and an error'] : [];
  const problems: string[] = [];
  const open = new Set<unknown>();
  let blocks = 0;
  for (const event of events) {
    const { type, index } = event;
    if (type === 'content_block_start') {
      if (index !== blocks++ || open.size > 0) problems.push(`block ${String(index)} begins out of order`);
      open.add(index);
    }
    if (type === 'content_block_delta' && !open.has(index)) problems.push(`a delta of block ${String(index)}, which is not open`);
    if (type === 'content_block_stop' && !open.delete(index)) problems.push(`block ${String(index)} ends, and is not open`);
  }
  if (open.size > 0) problems.push('a block is never closed');
  if (types[0] !== 'message_start' || types.filter((type) => type === 'message_start').length !== 1) problems.push('not one message_start at the beginning');
  if (types.slice(-2).join() !== 'message_delta,message_stop' || types.filter((type) => type === 'message_stop').length !== 1) problems.push('not one message_delta and message_stop at the end');
  return problems;
}

const LAST = ['response.completed', 'response.incomplete', 'response.failed'];

function responsesOrder(events: readonly JsonObject[]): readonly string[] {
  const types = events.map(({ type }) => stringIn(type));
  const numbered = events.every((event, index) => event['sequence_number'] === index);
  const ends = types.filter((type) => LAST.includes(type)).length;
  const begun = types.filter((type) => type === 'response.output_item.added').length;
  const done = types.filter((type) => type === 'response.output_item.done').length;
  return [
    ...(numbered ? [] : ['sequence numbers are not 0, 1, 2 …']),
    ...(types[0] === 'response.created' ? [] : ['does not begin with response.created']),
    ...(ends === 1 && LAST.includes(types.at(-1) ?? '') ? [] : ['not one end, at the end']),
    ...(begun === done || types.at(-1) === 'response.failed' ? [] : [`${begun} items begin, ${done} end`]),
    ...(events.every((event) => !isObject(event['response']) || stringIn(objectIn(event['response'])['id']) !== '') ? [] : ['a response without id']),
  ];
}
