/** What events and answers of Converse mean to whoever passes them on: how far the answer is, what it has cost. */
import { get, readJson, stringOf, textOf, type JsonNode } from '../../leaf/json-node.ts';
import type { SeenAnswer, SeenEvent } from '../../leaf/seen.ts';
import { settledUsage } from '../../leaf/settled-usage.ts';
import { dataOf, nameOf } from '../../leaf/sse.ts';
import { readConverseEvent } from './events.ts';
import { countsOf } from './usage.ts';

/** Its last event is the metadata, with the counts; who has seen the stop has seen the whole answer. */
export function readConverseSeen(bytes: Buffer): SeenEvent {
  const event = readConverseEvent(nameOf(bytes) ?? null, dataOf(bytes) ?? '');
  switch (event.kind) {
    case 'start':
    case 'block':
    case 'blockEnd': return { kind: 'chunk', usage: null, finished: false, textBytes: 0 };
    case 'delta': return { kind: 'chunk', usage: null, finished: false, textBytes: writtenBytes(event.delta) };
    case 'stop': return { kind: 'chunk', usage: null, finished: true, textBytes: 0 };
    case 'metadata': return { kind: 'terminator', usage: settledUsage(countsOf(get(event.event, 'usage'))) };
    case 'error': return { kind: 'error', body: JSON.parse(textOf(event.error)) as unknown, usage: null };
    case 'nothing': return { kind: 'comment' };
    default: return event satisfies never;
  }
}

function writtenBytes(delta: JsonNode): number {
  const texts = [get(delta, 'text'), get(get(delta, 'toolUse'), 'input'), get(get(delta, 'reasoningContent'), 'text')];
  return texts.reduce((sum, text) => sum + Buffer.byteLength(stringOf(text) ?? ''), 0);
}

export function readConverseAnswer(bytes: Buffer): SeenAnswer {
  const text = bytes.toString('utf8');
  const answer = readJson(text);
  const output = get(answer, 'output');
  if (!answer || !output) return { kind: 'error', body: answer ? (JSON.parse(text) as unknown) : text, usage: null };
  const usage = settledUsage(countsOf(get(answer, 'usage')));
  return { kind: 'answer', seen: { usage, finished: true, terminated: true, chunks: 0, textBytes: output.end - output.start } };
}
