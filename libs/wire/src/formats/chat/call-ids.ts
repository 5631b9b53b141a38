/** The tool calls that a request gives back, by their ids: what may be remembered of an earlier answer. */
import { get, readJson, stringOf } from '../../leaf/json-node.ts';

export function callIdsIn(request: string): readonly string[] {
  if (!request.includes('"tool_calls"')) return [];
  const messages = get(readJson(request), 'messages')?.items ?? [];
  const ids = messages.flatMap((message) => (get(message, 'tool_calls')?.items ?? []).map((call) => stringOf(get(call, 'id')) ?? ''));
  return [...new Set(ids)].filter((id) => id !== '');
}
