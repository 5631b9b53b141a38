/** Who decides whether a format's owner would take a request, or could have given an answer. */
import { isObject, type JsonObject } from '../facts/json.ts';
import { judgeConverseRequest } from './converse.ts';
import { judgeGeminiRequest } from './gemini.ts';
import { judgeBySchema, type Judge } from './schema-judge.ts';

export const FORMATS = ['chat', 'responses', 'messages', 'converse', 'gemini'] as const;
export type Format = (typeof FORMATS)[number];

/** The formats that clients speak. */
export type Endpoint = 'chat' | 'responses' | 'messages';

export const requestJudges: Readonly<Record<Format, Judge>> = {
  chat: judgeBySchema('ChatRequest'), responses: judgeBySchema('ResponsesRequest'), messages: judgeMessages, converse: judgeConverseRequest,
  gemini: judgeGeminiRequest,
};

/** For answers that we make: every field that the type demands must be there, and what we add must be one of ours. */
export const answerJudges: Readonly<Record<Endpoint, Judge>> = {
  chat: (value) => judgeChatAnswer(withoutExtensions(value)),
  responses: (value) => judgeResponsesAnswer(withoutExtensions(value)),
  messages: (value) => judgeMessagesAnswer(withoutExtensions(value)),
};
const judgeChatAnswer = judgeBySchema('ChatAnswer');
const judgeResponsesAnswer = judgeBySchema('ResponsesAnswer');
const judgeMessagesAnswer = judgeBySchema('MessagesAnswer');

/** What answers hold beside their format, as documented: ours, and what OpenRouter and Google have made customary. */
const EXTENSIONS = ['sluice', 'reasoning', 'reasoning_details', 'extra_content', 'cache_write_tokens'];

function withoutExtensions(answer: unknown): unknown {
  if (!isObject(answer)) return answer;
  const { sluice: _ours, choices, usage, ...rest } = answer;
  return {
    ...rest,
    ...(choices === undefined ? {} : { choices: Array.isArray(choices) ? choices.map(plainChoice) : choices }),
    ...(usage === undefined ? {} : { usage: answer['object'] === 'chat.completion' ? plainUsage(usage) : usage }),
  };
}

const plain = (value: JsonObject): JsonObject => Object.fromEntries(Object.entries(value).filter(([key]) => !EXTENSIONS.includes(key)));

function plainChoice(choice: unknown): unknown {
  if (!isObject(choice) || !isObject(choice['message'])) return choice;
  const message = plain(choice['message']);
  const calls = message['tool_calls'];
  return { ...choice, message: Array.isArray(calls) ? { ...message, tool_calls: calls.map((call: unknown) => (isObject(call) ? plain(call) : call)) } : message };
}

function plainUsage(usage: unknown): unknown {
  if (!isObject(usage) || !isObject(usage['prompt_tokens_details'])) return usage;
  return { ...usage, prompt_tokens_details: plain(usage['prompt_tokens_details']) };
}

/** Bedrock and Vertex take the model in the path, and a version in the body instead. */
function judgeMessages(value: unknown): readonly string[] {
  if (!isObject(value) || value['anthropic_version'] === undefined) return judgeMessagesBody(value);
  const { anthropic_version: _version, anthropic_beta: _beta, ...body } = value;
  return judgeMessagesBody({ model: 'in the path', ...body });
}
const judgeMessagesBody = judgeBySchema('MessagesRequest');
