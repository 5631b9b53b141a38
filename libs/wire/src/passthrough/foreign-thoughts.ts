/**
 * Thoughts that an earlier answer of ours put beside a message, before the conversation goes to a provider of Chat that has no place
 * for them: `reasoning_details` with their readable twin, and Google's signatures. What one provider signed no other is shown.
 */
import { get, pathOf, readJson, textOf, type JsonNode } from '../leaf/json-node.ts';
import { members, removeMembers } from '../leaf/json-text.ts';
import type { Edited } from './edit.ts';

type Warning = Edited['warnings'][number];

/** Which of them its Chat takes: all that a router takes, the signatures of Google at Google, else none. */
export type TakenThoughts = 'all' | 'google' | 'none';

/** The least that a body with any of them holds: others are not even read. */
const MARKS = ['"reasoning_details"', '"extra_content"'];

export function withoutForeignThoughts(body: Buffer, taken: TakenThoughts): Edited {
  if (taken === 'all' || !MARKS.some((mark) => body.includes(mark))) return { body, warnings: [] };
  const text = body.toString();
  const warnings: Warning[] = [];
  let done = 0;
  const parts: string[] = [];
  for (const node of get(readJson(text), 'messages')?.items ?? []) {
    const own = leftIn(node, taken, warnings);
    parts.push(text.slice(done, node.start), own);
    done = node.end;
  }
  return { body: Buffer.from(parts.join('') + text.slice(done)), warnings };
}

/** The text of one message without what is not taken. */
function leftIn(message: JsonNode, taken: TakenThoughts, warnings: Warning[]): string {
  const details = get(message, 'reasoning_details');
  if (details) warnings.push({ path: pathOf(details), reason: 'left out: thoughts that this provider has no place for' });
  const calls = taken === 'google' ? undefined : get(message, 'tool_calls');
  const inner = calls?.items.map((call) => [call, withoutMembers(textOf(call), ['extra_content'])] as const) ?? [];
  // From the last to the first: what stands before stays where it is.
  const text = inner.reduceRight((whole, [call, left]) => whole.slice(0, call.start - message.start) + left + whole.slice(call.end - message.start), textOf(message));
  return withoutMembers(text, [...(details ? ['reasoning_details', 'reasoning'] : []), ...(taken === 'google' ? [] : ['extra_content'])]);
}

function withoutMembers(text: string, names: readonly string[]): string {
  if (!names.some((name) => text.includes(`"${name}"`))) return text;
  return names.reduce<Buffer>((left, name) => removeMembers(left, members(left), name), Buffer.from(text)).toString();
}
