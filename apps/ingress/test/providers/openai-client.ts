/** The official openai SDK for Node, as clients.test.ts drives it. */
import OpenAI, { APIError } from 'openai';
import { zodResponseFormat } from 'openai/helpers/zod';
import { z } from 'zod';
import { serveOrders, unexpected } from '../clients/serve-orders.ts';
import type { AnswerTold, EmbeddingsTold, ErrorTold, Feature, LoopTold, ObjectTold, Order, StreamTold } from './features.ts';
import { BOTH, HELLO, PERSON, PIXEL, PLACE, RESULT, TEXTS, TOOL_NAMES, WEATHER_ONLY } from './questions.ts';

type Message = OpenAI.ChatCompletionMessageParam;
type Params = Omit<OpenAI.ChatCompletionCreateParamsNonStreaming, 'stream'>;

const client = new OpenAI({ baseURL: process.env['CLIENT_BASE_URL'], apiKey: process.env['CLIENT_KEY'], maxRetries: 0 });
const says = (content: string): Message => ({ role: 'user', content });
const toolOf = (name: string): OpenAI.ChatCompletionTool =>
  ({ type: 'function', function: { name, parameters: z.toJSONSchema(PLACE) } });

function told({ choices, usage }: OpenAI.ChatCompletion): AnswerTold {
  const [choice] = choices;
  return { text: choice?.message.content ?? '', finish: choice?.finish_reason ?? '', input: usage?.prompt_tokens ?? 0, output: usage?.completion_tokens ?? 0 };
}

const text = async ({ model }: Order): Promise<AnswerTold> => told(await client.chat.completions.create({ model, messages: [says(HELLO)] }));

async function stream({ model }: Order): Promise<StreamTold> {
  const helper = client.chat.completions.stream({ model, messages: [says(HELLO)], stream_options: { include_usage: true } });
  let pieces = 0;
  helper.on('content', () => { pieces += 1; });
  return { ...told(await helper.finalChatCompletion()), pieces };
}

const whole = (params: Params): Promise<OpenAI.ChatCompletion> => client.chat.completions.create(params);
const streamed = (params: Params): Promise<OpenAI.ChatCompletion> => client.chat.completions.stream(params).finalChatCompletion();

/** Calls, their results, and what is said to them. */
async function loop(ask: typeof whole, params: Params): Promise<LoopTold> {
  const first = (await ask(params)).choices[0]?.message;
  const calls = first?.tool_calls?.filter((call) => call.type === 'function') ?? [];
  const results = calls.map(({ id }): Message => ({ role: 'tool', tool_call_id: id, content: RESULT }));
  const { tool_choice: _forced, ...again } = params;
  const second = await ask({ ...again, messages: [...params.messages, ...(first ? [first] : []), ...results] });
  return {
    calls: calls.map(({ function: called }) => ({ name: called.name, arguments: JSON.parse(called.arguments) as unknown })),
    text: second.choices[0]?.message.content ?? '',
  };
}

const tool = ({ model }: Order): Promise<LoopTold> =>
  loop(whole, { model, messages: [says(WEATHER_ONLY)], tools: [toolOf('get_weather')], tool_choice: 'required' });
const both = ({ model }: Order): Params => ({ model, messages: [says(BOTH)], tools: TOOL_NAMES.map(toolOf) });

async function object({ model }: Order): Promise<ObjectTold> {
  const answer = await client.chat.completions.parse({ model, messages: [says(HELLO)], response_format: zodResponseFormat(PERSON, 'person') });
  return { object: answer.choices[0]?.message.parsed };
}

async function image({ model }: Order): Promise<AnswerTold> {
  const shown = { type: 'image_url' as const, image_url: { url: `data:image/png;base64,${PIXEL}` } };
  return told(await client.chat.completions.create({ model, messages: [{ role: 'user', content: [{ type: 'text', text: HELLO }, shown] }] }));
}

async function embeddings({ model }: Order): Promise<EmbeddingsTold> {
  const { data } = await client.embeddings.create({ model, input: TEXTS });
  return { dimensions: data.map(({ embedding }) => embedding.length), begins: data[0]?.embedding.slice(0, 3) ?? [] };
}

const scenarios = {
  text, stream, tool, object, image, embeddings,
  tools: (order) => loop(whole, both(order)), streamedTools: (order) => loop(streamed, both(order)), unknownModel: text,
} as const satisfies Record<Feature, (order: Order) => Promise<object>>;

serveOrders<Order>(scenarios, (error) => {
  if (!(error instanceof APIError)) return unexpected(error);
  const { status, code, message } = error;
  return { name: error.constructor.name, status: Number(status), code: String(code), message } satisfies ErrorTold;
});
