/** Why a Responses answer ended, in the words of Chat Completions. */
import type { Finish } from '../../formats/chat/answer.ts';
import { get, stringOf, type JsonNode } from '../../leaf/json-node.ts';

const INCOMPLETE: ReadonlyMap<string, Finish> = new Map([
  ['max_output_tokens', 'length'], ['max_tokens', 'length'], ['content_filter', 'content_filter'],
]);

/** An answer that is complete and holds calls has stopped for them. */
export function finishOf(response: JsonNode | undefined, hasCalls: boolean): Finish {
  const reason = stringOf(get(get(response, 'incomplete_details'), 'reason'));
  const cut = INCOMPLETE.get(reason ?? '') ?? (stringOf(get(response, 'status')) === 'incomplete' ? 'length' : undefined);
  return cut ?? (hasCalls ? 'tool_calls' : 'stop');
}
