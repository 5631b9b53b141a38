/** What an answer with vectors means to whoever passes it on, in every format that has them: what it has cost. */
import { isObject } from '../../leaf/check.ts';
import { members, membersOf, type Member } from '../../leaf/json-text.ts';
import type { SeenAnswer, SeenEvent } from '../../leaf/seen.ts';

/** None of these formats is streamed. */
export const readEmbeddingsEvent = (): SeenEvent => ({ kind: 'comment' });

/** Where a format counts its input; the first that is there. */
const COUNTS: readonly (readonly string[])[] = [
  ['usage', 'prompt_tokens'], ['usageMetadata', 'promptTokenCount'], ['inputTextTokenCount'], ['prompt_eval_count'],
];
/** Where vectors stand, in one format or another. */
const VECTORS = ['data', 'embeddings', 'embedding', 'predictions'];

/** Read by spans: the numbers themselves are nobody's business here. */
export function readEmbeddingsAnswer(bytes: Buffer): SeenAnswer {
  const level = levelOf(bytes);
  if (!level?.some(({ key }) => VECTORS.includes(key))) return { kind: 'error', body: level ? parsed(bytes) : bytes.toString('utf8'), usage: null };
  const input = COUNTS.map((path) => numberAt(bytes, level, path)).find((count) => count !== undefined);
  const usage = input === undefined ? null : { inputTokens: input, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0, source: 'provider' as const };
  return { kind: 'answer', seen: { usage, finished: true, terminated: true, chunks: 0, textBytes: 0 } };
}

function levelOf(bytes: Buffer): readonly Member[] | undefined {
  try {
    return members(bytes);
  } catch {
    return undefined; // no JSON object: told as an error, in its own words
  }
}

function parsed(bytes: Buffer): unknown {
  const body: unknown = JSON.parse(bytes.toString('utf8'));
  return isObject(body) ? body : bytes.toString('utf8');
}

function numberAt(bytes: Buffer, level: readonly Member[], [name, ...rest]: readonly string[]): number | undefined {
  const member = level.findLast(({ key }) => key === name);
  if (!member) return undefined;
  if (rest.length > 0) return numberAt(bytes, membersOf(bytes, member), rest);
  const count = Number(bytes.toString('latin1', member.valueStart, member.valueEnd));
  return Number.isFinite(count) ? count : undefined;
}
