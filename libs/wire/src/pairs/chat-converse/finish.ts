/** Why a Converse answer ended, in the words of Chat Completions. */
import type { Finish } from '../../formats/chat/answer.ts';

const FINISH: ReadonlyMap<string, Finish> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['content_filtered', 'content_filter'],
  ['guardrail_intervened', 'content_filter'],
  ['malformed_model_output', 'stop'],
  ['malformed_tool_use', 'stop'],
]);

export const finishOf = (reason: string | undefined): Finish => FINISH.get(reason ?? '') ?? 'stop';
