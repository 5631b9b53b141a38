/** The events that a whole Chat answer would have been, had it been streamed: for readers of a stream who come after its end. */
import { isObject } from '../../leaf/check.ts';
import type { JsonObject } from '../../leaf/check.ts';

const DONE = Buffer.from('data: [DONE]\n\n');

/** Each choice in one piece, then its finish reason, the counts with the last; the terminator behind. Empty for what is no answer. */
export function chatEventsOf(answer: Buffer): readonly Buffer[] {
  const whole = parsed(answer);
  if (!whole || !Array.isArray(whole['choices'])) return [];
  const { choices, usage, ...rest } = whole;
  const chunk = (choice: JsonObject, more: JsonObject = {}): JsonObject => ({ ...rest, object: 'chat.completion.chunk', choices: [choice], ...more });
  const given = (choices as readonly unknown[]).filter(isObject);
  const chunks = given.flatMap(({ message, finish_reason: reason, index, logprobs }, place) => [
    chunk({ index, delta: deltaOf(message), finish_reason: null, ...(logprobs === undefined ? {} : { logprobs }) }),
    chunk({ index, delta: {}, finish_reason: reason ?? 'stop' }, place === given.length - 1 && usage !== undefined ? { usage } : {}),
  ]);
  return [...chunks.map((each) => Buffer.from(`data: ${JSON.stringify(each)}\n\n`)), DONE];
}

/** A message as one delta: calls of tools are numbered there. */
function deltaOf(message: unknown): JsonObject {
  if (!isObject(message)) return {};
  const calls = message['tool_calls'];
  return Array.isArray(calls) ? { ...message, tool_calls: calls.map((call: unknown, index) => ({ index, ...(isObject(call) ? call : {}) })) } : message;
}

function parsed(answer: Buffer): JsonObject | undefined {
  try {
    const value: unknown = JSON.parse(answer.toString());
    return isObject(value) ? value : undefined;
  } catch {
    return undefined; // a provider that answers with no JSON has no events either
  }
}
