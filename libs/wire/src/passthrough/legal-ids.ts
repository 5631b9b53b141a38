/** Ids of tool calls as a provider of Chat wants them, where it takes only such as it gives itself: a conversation may come from elsewhere. */
import { mapIds } from '../leaf/ids.ts';
import { get, stringOf, type JsonNode } from '../leaf/json-node.ts';

/** `nine`: nine letters and digits. */
export type TakenIds = 'any' | 'nine';

const NINE = /^[A-Za-z0-9]{9}$/;
const nineOf = (position: number): string => `call${String(position).padStart(5, '0')}`;

export interface NewId {
  readonly node: JsonNode;
  readonly value: string;
}

/** What changes in a request: calls and their results get the same id, and those that are fine keep theirs. */
export function legalIds(root: JsonNode | undefined, taken: TakenIds): readonly NewId[] {
  if (taken === 'any') return [];
  const ids = mapIds(NINE, nineOf);
  const renamed = (node: JsonNode | undefined, value: string): readonly NewId[] => (node && node.value !== value ? [{ node, value }] : []);
  return (get(root, 'messages')?.items ?? []).flatMap((message) => {
    const result = get(message, 'tool_call_id');
    const calls = get(message, 'tool_calls')?.items ?? [];
    return [
      ...calls.map((call) => get(call, 'id')).flatMap((id) => renamed(id, ids.call(stringOf(id) ?? ''))),
      ...(result ? renamed(result, ids.result(stringOf(result) ?? '')) : []),
    ];
  });
}
