/** What chunks and answers of generateContent mean to whoever passes them on. A stream has no terminator: it ends after its finish. */
import { get, readJson, textOf, type JsonNode } from '../../leaf/json-node.ts';
import type { SeenAnswer, SeenEvent } from '../../leaf/seen.ts';
import { settledUsage } from '../../leaf/settled-usage.ts';
import { dataOf } from '../../leaf/sse.ts';
import { countsOf } from './usage.ts';

export function readGeminiSeen(bytes: Buffer): SeenEvent {
  const chunk = readJson(dataOf(bytes) ?? '');
  if (!chunk) return { kind: 'comment' };
  const usage = settledUsage(countsOf(get(chunk, 'usageMetadata')));
  if (get(chunk, 'error')) return { kind: 'error', body: JSON.parse(textOf(chunk)) as unknown, usage };
  return { kind: 'chunk', usage, finished: hasFinished(chunk), textBytes: writtenBytes(chunk) };
}

export function readGeminiAnswer(bytes: Buffer): SeenAnswer {
  const text = bytes.toString('utf8');
  const answer = readJson(text);
  if (answer?.kind !== 'object' || get(answer, 'error')) return { kind: 'error', body: answer ? (JSON.parse(text) as unknown) : text, usage: null };
  const usage = settledUsage(countsOf(get(answer, 'usageMetadata')));
  return { kind: 'answer', seen: { usage, finished: true, terminated: true, chunks: 0, textBytes: writtenBytes(answer) } };
}

const candidatesIn = (chunk: JsonNode): readonly JsonNode[] => get(chunk, 'candidates')?.items ?? [];

/** A prompt that was blocked has no candidate to finish. */
const hasFinished = (chunk: JsonNode): boolean =>
  candidatesIn(chunk).some((candidate) => get(candidate, 'finishReason')) || get(get(chunk, 'promptFeedback'), 'blockReason') !== undefined;

const writtenBytes = (chunk: JsonNode): number =>
  candidatesIn(chunk).reduce((sum, candidate) => {
    const content = get(candidate, 'content');
    return sum + (content ? content.end - content.start : 0);
  }, 0);
