/** Why a Messages answer ended, in the words of Chat Completions. */
import type { Finish } from '../../formats/chat/answer.ts';

const FINISH: ReadonlyMap<string, Finish> = new Map([
  ['end_turn', 'stop'],
  ['stop_sequence', 'stop'],
  ['max_tokens', 'length'],
  ['model_context_window_exceeded', 'length'],
  ['tool_use', 'tool_calls'],
  ['refusal', 'content_filter'],
  // A server's tool took too long; Chat has no word for "send this back to go on".
  ['pause_turn', 'stop'],
]);

export const finishOf = (reason: string | undefined): Finish => FINISH.get(reason ?? '') ?? 'stop';
