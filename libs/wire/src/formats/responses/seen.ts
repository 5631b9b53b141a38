/** What events and answers in the Responses format mean to whoever passes them on: how far the answer is, what it has cost. */
import { get, readJson, stringOf } from '../../leaf/json-node.ts';
import type { SeenAnswer, SeenEvent } from '../../leaf/seen.ts';
import { settledUsage } from '../../leaf/settled-usage.ts';
import { dataOf } from '../../leaf/sse.ts';
import { readResponsesEvent } from './events.ts';
import { countsOf } from './usage.ts';

/** Its last event tells everything, so that each can be read by itself. */
export function readResponsesSeen(bytes: Buffer): SeenEvent {
  const data = dataOf(bytes);
  const event = readResponsesEvent(data ?? '');
  switch (event.kind) {
    case 'start':
    case 'item':
    case 'itemEnd': return { kind: 'chunk', usage: null, finished: false, textBytes: 0 };
    case 'text':
    case 'refusal':
    case 'reasoning':
    case 'arguments': return { kind: 'chunk', usage: null, finished: false, textBytes: Buffer.byteLength(event.text) };
    case 'end': return { kind: 'terminator', usage: settledUsage(countsOf(get(event.response, 'usage'))) };
    case 'error': return { kind: 'error', body: JSON.parse(data ?? 'null') as unknown, usage: null };
    case 'nothing': return { kind: 'comment' };
    default: return event satisfies never;
  }
}

export function readResponsesAnswer(bytes: Buffer): SeenAnswer {
  const text = bytes.toString('utf8');
  const response = readJson(text);
  if (!response || response.kind !== 'object') return { kind: 'error', body: text, usage: null };
  const usage = settledUsage(countsOf(get(response, 'usage')));
  if (get(response, 'error') || stringOf(get(response, 'status')) === 'failed') return { kind: 'error', body: JSON.parse(text) as unknown, usage };
  const output = get(response, 'output');
  return { kind: 'answer', seen: { usage, finished: true, terminated: true, chunks: 0, textBytes: output ? output.end - output.start : 0 } };
}
