/** What events and answers in the Messages format mean to whoever passes them on: how far the answer is, what it has cost. */
import type { Usage } from '@sluice/domain';
import { get, readJson, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import type { SeenAnswer, SeenEvent } from '../../leaf/seen.ts';
import { settledUsage } from '../../leaf/settled-usage.ts';
import { dataOf } from '../../leaf/sse.ts';
import { readMessagesEvent } from './events.ts';
import { countsOf, readMessagesUsage, type MessagesUsage } from './usage.ts';

/** Reads the events of one stream in their order: counts are told in two places and belong together. */
export function messagesEventReader(): (event: Buffer) => SeenEvent {
  let counted: MessagesUsage = {};
  const usageWith = (usage: JsonNode | undefined): Usage | null => {
    counted = readMessagesUsage(counted, usage);
    return settledUsage(countsOf(counted));
  };
  return (bytes) => {
    const data = dataOf(bytes);
    const event = readMessagesEvent(data ?? '');
    switch (event.kind) {
      case 'start': return { kind: 'chunk', usage: usageWith(get(event.message, 'usage')), finished: false, textBytes: 0 };
      case 'ending': {
        const finished = get(event.delta, 'stop_reason') !== undefined;
        return { kind: 'chunk', usage: usageWith(event.usage), finished, textBytes: 0 };
      }
      case 'delta': return { kind: 'chunk', usage: null, finished: false, textBytes: writtenBytes(event.delta) };
      case 'block':
      case 'blockEnd': return { kind: 'chunk', usage: null, finished: false, textBytes: 0 };
      case 'end': return { kind: 'terminator', usage: null };
      case 'error': return { kind: 'error', body: JSON.parse(data ?? 'null') as unknown, usage: settledUsage(countsOf(counted)) };
      case 'nothing': return { kind: 'comment' };
      default: return event satisfies never;
    }
  };
}

const writtenBytes = (delta: JsonNode): number =>
  ['text', 'thinking', 'partial_json'].reduce((sum, key) => sum + Buffer.byteLength(stringOf(get(delta, key)) ?? ''), 0);

export function readMessagesAnswer(bytes: Buffer): SeenAnswer {
  const text = bytes.toString('utf8');
  const message = readJson(text);
  if (!message || message.kind !== 'object') return { kind: 'error', body: text, usage: null };
  if (stringOf(get(message, 'type')) === 'error' || get(message, 'error')) return { kind: 'error', body: JSON.parse(text) as unknown, usage: null };
  const content = get(message, 'content');
  const usage = settledUsage(countsOf(readMessagesUsage({}, get(message, 'usage'))));
  return { kind: 'answer', seen: { usage, finished: true, terminated: true, chunks: 0, textBytes: content ? content.end - content.start : 0 } };
}

