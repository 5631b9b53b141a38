/** Why a Responses answer ended, in the words of Chat Completions. */
import type { Finish } from '../../formats/chat/answer.ts';
import { get, stringOf, type JsonNode } from '../../leaf/json-node.ts';

const INCOMPLETE: ReadonlyMap<string, Finish> = new Map([
  ['max_output_tokens', 'length'], ['max_tokens', 'length'], ['content_filter', 'content_filter'],
]);

export function finishOf(response: JsonNode | undefined): Finish {
  const reason = stringOf(get(get(response, 'incomplete_details'), 'reason'));
  return INCOMPLETE.get(reason ?? '') ?? (stringOf(get(response, 'status')) === 'incomplete' ? 'length' : 'stop');
}
