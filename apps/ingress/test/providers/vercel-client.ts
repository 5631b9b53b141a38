/** Vercel's AI SDK with its provider for OpenAI, as clients.test.ts drives it: it runs the loops of tools by itself. */
import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, embedMany, generateText, Output, stepCountIs, streamText, tool as vercelTool, type ToolSet } from 'ai';
import { serveOrders, unexpected } from '../clients/serve-orders.ts';
import type { AnswerTold, EmbeddingsTold, ErrorTold, Feature, LoopTold, ObjectTold, Order, StreamTold } from './features.ts';
import { BOTH, HELLO, PERSON, PIXEL, PLACE, RESULT, TEXTS, TOOL_NAMES, WEATHER_ONLY } from './questions.ts';

const { CLIENT_BASE_URL: baseURL = '', CLIENT_KEY: apiKey = '' } = process.env;
const openai = createOpenAI({ baseURL, apiKey });
const common = ({ model }: Order) => ({ model: openai.chat(model), maxRetries: 0 });
const toolOf = () => vercelTool({ description: 'of a city', inputSchema: PLACE, execute: async () => RESULT });
const toolsNamed = (names: readonly string[]): ToolSet => Object.fromEntries(names.map((name) => [name, toolOf()]));

interface Generated {
  readonly text: string;
  readonly finishReason: string;
  readonly usage: { readonly inputTokens: number | undefined; readonly outputTokens: number | undefined };
}
const told = ({ text, finishReason, usage }: Generated): AnswerTold =>
  ({ text, finish: finishReason, input: usage.inputTokens ?? 0, output: usage.outputTokens ?? 0 });

const text = async (order: Order): Promise<AnswerTold> => told(await generateText({ ...common(order), prompt: HELLO }));

async function stream(order: Order): Promise<StreamTold> {
  const answer = streamText({ ...common(order), prompt: HELLO });
  let pieces = 0;
  for await (const _piece of answer.textStream) pieces += 1;
  return { ...told({ text: await answer.text, finishReason: await answer.finishReason, usage: await answer.usage }), pieces };
}

const callsOf = (calls: readonly { readonly toolName: string; readonly input: unknown }[]): LoopTold['calls'] =>
  calls.map(({ toolName, input }) => ({ name: toolName, arguments: input }));

/** Forced, it would call for ever: the second request forces nothing. */
async function tool(order: Order): Promise<LoopTold> {
  const tools = toolsNamed(['get_weather']);
  const called = await generateText({ ...common(order), tools, prompt: WEATHER_ONLY, toolChoice: 'required' });
  const next = await generateText({ ...common(order), tools, messages: [{ role: 'user', content: WEATHER_ONLY }, ...called.response.messages] });
  return { calls: callsOf(called.toolCalls), text: next.text };
}

const bothOf = (order: Order) => ({ ...common(order), prompt: BOTH, tools: toolsNamed(TOOL_NAMES), stopWhen: stepCountIs(3) });

async function tools(order: Order): Promise<LoopTold> {
  const { steps, text } = await generateText(bothOf(order));
  return { calls: callsOf(steps.flatMap(({ toolCalls }) => toolCalls)), text };
}

async function streamedTools(order: Order): Promise<LoopTold> {
  const answer = streamText(bothOf(order));
  const steps = await answer.steps;
  return { calls: callsOf(steps.flatMap(({ toolCalls }) => toolCalls)), text: await answer.text };
}

const object = async (order: Order): Promise<ObjectTold> =>
  ({ object: (await generateText({ ...common(order), prompt: HELLO, output: Output.object({ schema: PERSON }) })).output });

async function image(order: Order): Promise<AnswerTold> {
  const shown = { type: 'image' as const, image: PIXEL, mediaType: 'image/png' };
  return told(await generateText({ ...common(order), messages: [{ role: 'user', content: [{ type: 'text', text: HELLO }, shown] }] }));
}

async function embeddings({ model }: Order): Promise<EmbeddingsTold> {
  const { embeddings: vectors } = await embedMany({ model: openai.textEmbeddingModel(model), values: TEXTS, maxRetries: 0 });
  return { dimensions: vectors.map(({ length }) => length), begins: vectors[0]?.slice(0, 3) ?? [] };
}

const scenarios = { text, stream, tool, tools, streamedTools, object, image, embeddings, unknownModel: text } as const satisfies
  Record<Feature, (order: Order) => Promise<object>>;

serveOrders<Order>(scenarios, (error) => {
  if (!APICallError.isInstance(error)) return unexpected(error);
  const { name, statusCode = 0, message, responseHeaders } = error;
  return { name, status: statusCode, code: String(responseHeaders?.['x-sluice-error']), message } satisfies ErrorTold;
});
