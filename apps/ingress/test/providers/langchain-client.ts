/** LangChain's client for OpenAI, as clients.test.ts drives it. It drops what it does not know of an answer. */
import { HumanMessage, ToolMessage, type AIMessage, type AIMessageChunk, type BaseMessage, type UsageMetadata } from '@langchain/core/messages';
import { tool as langchainTool } from '@langchain/core/tools';
import { ChatOpenAI, OpenAIEmbeddings } from '@langchain/openai';
import { APIError } from 'openai';
import { serveOrders, unexpected } from '../clients/serve-orders.ts';
import type { AnswerTold, EmbeddingsTold, ErrorTold, Feature, LoopTold, ObjectTold, Order, StreamTold } from './features.ts';
import { BOTH, HELLO, PERSON, PIXEL, PLACE, RESULT, TEXTS, TOOL_NAMES, WEATHER_ONLY } from './questions.ts';

const { CLIENT_BASE_URL: baseURL = '', CLIENT_KEY: apiKey = '' } = process.env;
const account = { apiKey, maxRetries: 0, configuration: { baseURL } };
const chat = (model: string) => new ChatOpenAI({ ...account, model });
const toolOf = (name: string) => langchainTool(async () => RESULT, { name, description: 'of a city', schema: PLACE });

function told(message: AIMessage | AIMessageChunk): AnswerTold {
  const usage = message.usage_metadata as UsageMetadata | undefined; // its own type is lost in the union
  return { text: message.text, finish: String(message.response_metadata['finish_reason']), input: usage?.input_tokens ?? 0, output: usage?.output_tokens ?? 0 };
}

const text = async ({ model }: Order): Promise<AnswerTold> => told(await chat(model).invoke(HELLO));

type Bound = ReturnType<ReturnType<typeof chat>['bindTools']>;
interface Collected {
  readonly message: AIMessageChunk | undefined;
  readonly pieces: number;
}

async function collected(chunks: AsyncIterable<AIMessageChunk>): Promise<Collected> {
  let message: AIMessageChunk | undefined;
  let pieces = 0;
  for await (const chunk of chunks) {
    if (chunk.text !== '') pieces += 1;
    message = message ? message.concat(chunk) : chunk;
  }
  return { message, pieces };
}

async function stream({ model }: Order): Promise<StreamTold> {
  const { message, pieces } = await collected(await chat(model).stream(HELLO));
  if (!message) throw new Error('the stream had no chunk');
  return { ...told(message), pieces };
}

type Ask = (bound: Pick<Bound, 'invoke' | 'stream'>, messages: BaseMessage[]) => Promise<AIMessage | AIMessageChunk>;
const whole: Ask = (bound, messages) => bound.invoke(messages);
const streamed: Ask = async (bound, messages) => {
  const { message } = await collected(await bound.stream(messages));
  if (!message) throw new Error('the stream had no chunk');
  return message;
};

interface Looping {
  readonly question: string;
  readonly names: readonly string[];
  readonly ask: Ask;
  readonly forced: boolean;
}

async function loop({ model }: Order, { question, names, ask, forced }: Looping): Promise<LoopTold> {
  const tools = names.map(toolOf);
  const asked = new HumanMessage(question);
  const first = await ask(chat(model).bindTools(tools, forced ? { tool_choice: 'required' } : {}), [asked]);
  const calls = first.tool_calls ?? [];
  const results = calls.map(({ id = '' }) => new ToolMessage({ content: RESULT, tool_call_id: id }));
  const second = await ask(chat(model).bindTools(tools), [asked, first, ...results]);
  return { calls: calls.map(({ name, args }) => ({ name, arguments: args })), text: second.text };
}

const object = async ({ model }: Order): Promise<ObjectTold> =>
  ({ object: await chat(model).withStructuredOutput(PERSON, { name: 'person', method: 'jsonSchema' }).invoke(HELLO) });

async function image({ model }: Order): Promise<AnswerTold> {
  const content = [{ type: 'text', text: HELLO }, { type: 'image_url', image_url: { url: `data:image/png;base64,${PIXEL}` } }];
  return told(await chat(model).invoke([new HumanMessage({ content })]));
}

async function embeddings({ model }: Order): Promise<EmbeddingsTold> {
  const vectors = await new OpenAIEmbeddings({ ...account, model }).embedDocuments(TEXTS);
  return { dimensions: vectors.map(({ length }) => length), begins: vectors[0]?.slice(0, 3) ?? [] };
}

const BOTH_TOOLS = { question: BOTH, names: TOOL_NAMES, forced: false } as const;
const scenarios = {
  text, stream, object, image, embeddings,
  tool: (order) => loop(order, { question: WEATHER_ONLY, names: ['get_weather'], ask: whole, forced: true }),
  tools: (order) => loop(order, { ...BOTH_TOOLS, ask: whole }),
  streamedTools: (order) => loop(order, { ...BOTH_TOOLS, ask: streamed }),
  unknownModel: text,
} as const satisfies Record<Feature, (order: Order) => Promise<object>>;

serveOrders<Order>(scenarios, (error) => {
  if (!(error instanceof APIError)) return unexpected(error);
  const { status, code, message } = error;
  return { name: error.constructor.name, status: Number(status), code: String(code), message } satisfies ErrorTold;
});
