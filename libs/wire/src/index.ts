export { answerIdIn } from './answer-id.ts';
export { dataOf, nameOf, splitSse, type SseSplitter } from './leaf/sse.ts';
export { isError, readChatEvent } from './formats/chat/events.ts';
export { readChatAnswer } from './formats/chat/seen.ts';
export { accumulate, NOTHING_SEEN, outputEstimate, type Seen, type SeenAnswer, type SeenEvent } from './leaf/seen.ts';
export { readerOf, type FormatReader } from './formats/reader.ts';
export {
  conversionBetween, conversionOf, type Conversion, type ConvertedStream,
} from './pairs/conversion.ts';
export { callIdsIn } from './formats/chat/call-ids.ts';
export { chatEventsOf } from './formats/chat/events-of-answer.ts';
export { objectOf, usageIn } from './formats/chat/usage.ts';
export { JsonTextError, MAX_DEPTH, members, membersOf, removeMembers, replaceValues } from './leaf/json-text.ts';
export type { Member } from './leaf/json-text.ts';
export { isObject } from './leaf/check.ts';
export type { JsonObject } from './leaf/check.ts';
export { REQUEST_FORMATS, type RequestFormat } from './formats/requests.ts';
export type { AskedRequest, RequestRead } from './leaf/asked-request.ts';
export { errorBody, errorEvent, providerErrorBody } from './formats/chat/error.ts';
export type { ChatError, ProviderSaid } from './formats/chat/error.ts';
export { forRoute, withoutSluice } from './passthrough/chat-request.ts';
export { PLAIN_RULES, type Family, type Rules } from './leaf/rules.ts';
export type { Memory, Remembered } from './leaf/remembered.ts';
export type { Converted, OnUnsupported, Refused, Warning } from './leaf/notes.ts';
export type {
  AnswerInput, ConvertedAnswer, ConvertedRequest, Pair, ProviderEvent, RequestInput, ResponseInput,
} from './pairs/pair.ts';
export { wholeCompletion } from './formats/chat/whole.ts';
export { wholeMessage } from './formats/messages/whole.ts';
export { chatMessages } from './pairs/chat-messages/index.ts';
export { wholeResponse } from './formats/responses/whole.ts';
export { chatResponses } from './pairs/chat-responses/index.ts';
export { edited, type Edited, type Edits } from './passthrough/edit.ts';
export type { TakenThoughts } from './passthrough/foreign-thoughts.ts';
export type { TakenIds } from './passthrough/legal-ids.ts';
export { chatConverse } from './pairs/chat-converse/index.ts';
export { wholeConverse } from './formats/converse/whole.ts';
export { chatGemini } from './pairs/chat-gemini/index.ts';
export { wholeGemini } from './formats/gemini/whole.ts';
export { chatHolds, type Features as ChatFeatures } from './formats/chat/holds.ts';
export { NOTHING_HEARD, type Dialect, type Heard } from './dialect/dialect.ts';
export { DIALECTS, type DialectName } from './dialect/index.ts';
export { putRight } from './dialect/put-right.ts';
export { encodingOf } from './formats/embeddings/read-request.ts';
export { asAsked, type Vectors } from './passthrough/embeddings.ts';
