/** Why a candidate ended, in the words of Chat Completions. */
import type { Finish } from '../../formats/chat/answer.ts';

const FINISH: ReadonlyMap<string, Finish> = new Map([
  ['STOP', 'stop'],
  ['MAX_TOKENS', 'length'],
  ...['SAFETY', 'RECITATION', 'LANGUAGE', 'BLOCKLIST', 'PROHIBITED_CONTENT', 'SPII', 'IMAGE_SAFETY', 'MODEL_ARMOR', 'IMAGE_PROHIBITED_CONTENT', 'IMAGE_RECITATION']
    .map((reason) => [reason, 'content_filter'] as const),
]);

/** What went wrong with a call, or otherwise, has no word in Chat: it is a stop, and the reason is kept raw. */
export const finishOf = (reason: string | undefined): Finish => FINISH.get(reason ?? '') ?? 'stop';
