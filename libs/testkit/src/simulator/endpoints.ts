/**
 * Which format an address speaks, in whose manner. A first segment such as `/mistral` chooses the manner of a provider
 * whose addresses are OpenAI's; all others are known by the provider's own path.
 */
import {
  bedrockEmbeddingsFormat, embeddingsFormat, geminiEmbeddingsFormat, isBedrockEmbedding, vertexEmbeddingsFormat,
} from './formats/embeddings/embeddings.ts';
import { accented, strictAboutIds } from './formats/chat/accented.ts';
import { ACCENTS } from './formats/chat/accents.ts';
import { azureChatFormat, chatFormat } from './formats/chat/chat.ts';
import { bedrockCountFormat, converseFormat } from './formats/converse/converse.ts';
import { geminiCountFormat, geminiFormat } from './formats/gemini/gemini.ts';
import {
  bedrockMessagesFormat, countTokensFormat, messagesFormat, vertexMessagesFormat,
} from './formats/messages/messages.ts';
import type { WireFormat } from './formats/format.ts';
import { responsesFormat } from './formats/responses/responses.ts';
import { anthropic } from './manners/anthropic.ts';
import { aws } from './manners/aws.ts';
import { azure } from './manners/azure.ts';
import { gemini, geminiCompatible, vertex, vertexClaude, vertexClaudeStream, vertexStream } from './manners/google.ts';
import type { Manner } from './manners/manner.ts';
import { mistral } from './manners/mistral.ts';
import { keyless, openai } from './manners/openai.ts';

export interface Endpoint {
  readonly manner: Manner;
  readonly serves: Served;
}

export type Served =
  | { readonly kind: 'calls'; readonly format: WireFormat; readonly model: string | null; readonly stream: boolean | null }
  /** A list of models, or one of them by its name. */
  | { readonly kind: 'models'; readonly model: string | null };

/** Nobody's address: refused in OpenAI's words. */
export const FALLBACK_MANNER = openai;

/** Those who copied OpenAI's addresses, each with what it says differently. */
interface Copy {
  readonly manner: Manner;
  readonly chat: WireFormat;
}

const COPIES: Readonly<Record<string, Copy>> = {
  mistral: { manner: mistral, chat: strictAboutIds(accented(ACCENTS.mistral)) },
  groq: { manner: openai, chat: accented(ACCENTS.groq) },
  openrouter: { manner: openai, chat: accented(ACCENTS.openrouter) },
  perplexity: { manner: openai, chat: accented(ACCENTS.perplexity) },
  ollama: { manner: keyless, chat: accented(ACCENTS.ollama) },
  lmstudio: { manner: keyless, chat: accented(ACCENTS.lmstudio) },
  local: { manner: keyless, chat: chatFormat },
};
const GEMINI_CHAT = accented(ACCENTS.gemini);

const calls = (manner: Manner, format: WireFormat, said: { readonly model?: string; readonly stream?: boolean } = {}): Endpoint =>
  ({ manner, serves: { kind: 'calls', format, model: said.model ?? null, stream: said.stream ?? null } });

/** The addresses of OpenAI under whatever base. */
const OPENAI_PATHS: readonly (readonly [suffix: string, format: WireFormat])[] = [
  ['/chat/completions', chatFormat], ['/responses', responsesFormat], ['/embeddings', embeddingsFormat],
];

function openaiEndpoint(manner: Manner, path: string): Endpoint | undefined {
  if (path === '/models') return { manner, serves: { kind: 'models', model: null } };
  if (path.startsWith('/models/')) return { manner, serves: { kind: 'models', model: unescaped(path.slice('/models/'.length)) } };
  const known = OPENAI_PATHS.find(([suffix]) => suffix === path);
  return known && calls(manner, known[1]);
}

const GOOGLE_ACTIONS: Readonly<Record<string, readonly [format: WireFormat, stream: boolean]>> = {
  generateContent: [geminiFormat, false], streamGenerateContent: [geminiFormat, true], countTokens: [geminiCountFormat, false],
  embedContent: [geminiEmbeddingsFormat, false], batchEmbedContents: [geminiEmbeddingsFormat, false],
  predict: [vertexEmbeddingsFormat, false],
};

const AWS_ACTIONS: Readonly<Record<string, readonly [format: WireFormat, stream: boolean]>> = {
  'converse': [converseFormat, false], 'converse-stream': [converseFormat, true],
  'invoke': [bedrockMessagesFormat, false], 'invoke-with-response-stream': [bedrockMessagesFormat, true],
  'count-tokens': [bedrockCountFormat, false],
};

/** First match first. */
const PATHS: readonly (readonly [path: RegExp, make: (parts: readonly string[]) => Endpoint | undefined])[] = [
  [/^\/v1\/messages$/, () => calls(anthropic, messagesFormat)],
  [/^\/v1\/messages\/count_tokens$/, () => calls(anthropic, countTokensFormat)],
  [/^\/v1beta\/openai(\/.+)$/, ([path = '']) => speaking(openaiEndpoint(geminiCompatible, path), GEMINI_CHAT)],
  [/^\/v1(?:alpha|beta)?\/models\/([^/:]+):(\w+)$/, ([model = '', action = '']) => google(gemini, model, action)],
  [
    /^\/v1(?:beta1)?\/(?:projects\/[^/]+\/locations\/[^/]+\/)?publishers\/google\/models\/([^/:]+):(\w+)$/,
    ([model = '', action = '']) => google(action.startsWith('stream') ? vertexStream : vertex, model, action),
  ],
  [
    /^\/v1(?:beta1)?\/projects\/[^/]+\/locations\/[^/]+\/publishers\/anthropic\/models\/([^/:]+):(rawPredict|streamRawPredict)$/,
    ([model = '', action = '']) => anthropicAtVertex(unescaped(model), action),
  ],
  [/^\/model\/([^/]+)\/([\w-]+)$/, ([model = '', action = '']) => bedrock(unescaped(model), action)],
  [/^\/openai\/deployments\/([^/]+)(\/.+)$/, ([deployment = '', path = '']) => azureDeployment(unescaped(deployment), path)],
  [/^\/openai(?:\/v1)?(\/.+)$/, ([path = '']) => speaking(openaiEndpoint(azure, path), azureChatFormat)],
  [/^\/v1(\/.+)$/, ([path = '']) => openaiEndpoint(openai, path)],
  [/^\/(\w+)(?:\/api)?(?:\/v1)?(\/.+)$/, ([name = '', path = '']) => under(name, path)],
];

/** `path` is without its query. */
export function endpointOf(path: string): Endpoint | undefined {
  for (const [pattern, make] of PATHS) {
    const found = pattern.exec(path);
    const endpoint = found ? make(found.slice(1)) : undefined;
    if (endpoint) return endpoint;
  }
  return undefined;
}

function google(manner: Manner, model: string, action: string): Endpoint | undefined {
  const known = Object.hasOwn(GOOGLE_ACTIONS, action) ? GOOGLE_ACTIONS[action] : undefined;
  return known && calls(manner, known[0], { model: unescaped(model), stream: known[1] });
}

/** Counting is a model of its own there. */
const anthropicAtVertex = (model: string, action: string): Endpoint => (model === 'count-tokens'
  ? calls(vertexClaude, countTokensFormat)
  : calls(action === 'rawPredict' ? vertexClaude : vertexClaudeStream, vertexMessagesFormat, { model }));

function bedrock(model: string, action: string): Endpoint | undefined {
  const known = Object.hasOwn(AWS_ACTIONS, action) ? AWS_ACTIONS[action] : undefined;
  return known && calls(aws, action === 'invoke' ? invokeFormat : known[0], { model, stream: known[1] });
}

/** InvokeModel takes whatever the model speaks: Claude's Messages, or the texts of an embedding model. */
const invokeFormat: WireFormat = {
  ...bedrockMessagesFormat,
  prepare: (json, given) => (isBedrockEmbedding(json) ? bedrockEmbeddingsFormat : bedrockMessagesFormat).prepare(json, given),
};

function azureDeployment(deployment: string, path: string): Endpoint | undefined {
  const endpoint = speaking(openaiEndpoint(azure, path), azureChatFormat);
  return endpoint?.serves.kind === 'calls' ? { ...endpoint, serves: { ...endpoint.serves, model: deployment } } : undefined;
}

/** Chat in a form of its own; everything else as it is. */
function speaking(endpoint: Endpoint | undefined, chat: WireFormat): Endpoint | undefined {
  const isChat = endpoint?.serves.kind === 'calls' && endpoint.serves.format === chatFormat;
  return isChat ? calls(endpoint.manner, chat) : endpoint;
}

function under(name: string, path: string): Endpoint | undefined {
  const copy = Object.hasOwn(COPIES, name) ? COPIES[name] : undefined;
  return copy && speaking(openaiEndpoint(copy.manner, path), copy.chat);
}

/** A name with a slash or a colon arrives escaped; what is no escape is taken as it stands. */
function unescaped(name: string): string {
  try {
    return decodeURIComponent(name);
  } catch {
    return name;
  }
}
