export { answerIdIn } from './answer-id.ts';
export { dataOf, nameOf, splitSse, type SseSplitter } from './leaf/sse.ts';
export { isError, readChatEvent, type ChatEvent } from './formats/chat/events.ts';
export {
  accumulate, NOTHING_SEEN, outputEstimate, readChatAnswer, type ChatAnswer, type ChatSeen,
} from './formats/chat/accumulate.ts';
export { chatEventsOf } from './formats/chat/events-of-answer.ts';
export { objectOf, usageIn } from './formats/chat/usage.ts';
export { JsonTextError, MAX_DEPTH, members, membersOf, removeMembers, replaceValues } from './leaf/json-text.ts';
export type { Member } from './leaf/json-text.ts';
export { isObject } from './leaf/check.ts';
export type { JsonObject } from './leaf/check.ts';
export { readChatRequest } from './formats/chat/schema.ts';
export type { ChatRequest, ChatRequestRead } from './formats/chat/schema.ts';
export { weighChatRequest } from './formats/chat/weigh.ts';
export { errorBody, errorEvent, providerErrorBody } from './formats/chat/error.ts';
export type { ChatError, ProviderSaid } from './formats/chat/error.ts';
export { forRoute, withoutSluice } from './passthrough/chat-request.ts';
export { PLAIN_RULES } from './pairs/pair.ts';
export type {
  AnswerInput, Converted, ConvertedAnswer, ConvertedRequest, Family, Pair, ProviderEvent, Refused, Remembered, RequestInput, ResponseInput,
  Rules, Warning,
} from './pairs/pair.ts';
export { wholeCompletion } from './formats/chat/whole.ts';
export { wholeMessage } from './formats/messages/whole.ts';
export { chatMessages } from './pairs/chat-messages/index.ts';
