/** A Chat Completions answer that came in one piece: whether it is one, and what it has cost. */
import type { SeenAnswer } from '../../leaf/seen.ts';
import { isError } from './events.ts';
import { objectOf, usageIn } from './usage.ts';

export function readChatAnswer(bytes: Buffer): SeenAnswer {
  const text = bytes.toString('utf8');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { kind: 'error', body: text, usage: null };
  }
  const answer = objectOf(body);
  if (!answer || isError(body)) return { kind: 'error', body, usage: usageIn(body) };
  const textBytes = choiceTexts(answer['choices']).reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  return { kind: 'answer', seen: { usage: usageIn(answer), finished: true, terminated: true, chunks: 0, textBytes } };
}

function choiceTexts(choices: unknown): string[] {
  return (Array.isArray(choices) ? choices : []).flatMap((choice) => textsIn(objectOf(choice)?.['message']));
}

/** Every string a message holds, at any depth that messages have: text, thoughts, arguments of calls. */
function textsIn(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') return [value];
  if (depth > 6 || typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((inner) => textsIn(inner, depth + 1));
}
