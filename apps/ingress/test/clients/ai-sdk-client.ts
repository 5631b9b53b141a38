/** The AI SDK, as the tests of framework.test.ts drive it: see client-process.ts for the lines it reads and writes. */
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import { APICallError, generateObject, generateText, RetryError, streamText, tool } from 'ai';
import { z } from 'zod';
import type { FrameworkOrder } from './framework-order.ts';
import { serveOrders } from './serve-orders.ts';

const { CLIENT_BASE_URL = '', CLIENT_KEY = '' } = process.env;
const leaving = new Map<string, AbortController>();

function common({ baseURL = CLIENT_BASE_URL, apiKey = CLIENT_KEY, model = 'fast', headers = {}, maxRetries }: FrameworkOrder) {
  const sluice = createOpenAICompatible({ name: 'sluice', baseURL, apiKey, includeUsage: true, supportsStructuredOutputs: true });
  return { model: sluice(model), headers: { ...headers }, ...(maxRetries === undefined ? {} : { maxRetries }) };
}
const promptOf = ({ content = 'hello' }: FrameworkOrder) => content;

async function text(order: FrameworkOrder) {
  const controller = new AbortController();
  if (order.abortable !== undefined) leaving.set(order.abortable, controller);
  const { text, usage, response, finishReason } = await generateText({
    ...common(order),
    prompt: promptOf(order),
    abortSignal: controller.signal,
  });
  return { text, finishReason, tokens: usage.totalTokens, requestId: response.headers?.['x-request-id'] };
}

/** What a reader of the stream hears. The first error is raised: it says why; that the connection broke comes behind it. */
async function stream(order: FrameworkOrder) {
  const errors: unknown[] = [];
  const answer = streamText({ ...common(order), prompt: promptOf(order), onError: () => undefined });
  let text = '';
  let pieces = 0;
  try {
    for await (const part of answer.fullStream) {
      if (part.type === 'error') errors.push(part.error);
      if (part.type !== 'text-delta') continue;
      text += part.text;
      pieces++;
    }
  } catch (error) {
    errors.push(error);
  }
  if (errors.length > 0) throw errors[0];
  return { text, pieces, finishReason: await answer.finishReason, tokens: (await answer.usage).totalTokens };
}

/** A call with a tool, and the next one, with the tool's answer in the conversation. */
async function toolRound(order: FrameworkOrder) {
  const weather = tool({ description: 'of a city', inputSchema: z.object({ city: z.string() }), execute: async () => 'sunny' });
  const called = await generateText({ ...common(order), prompt: promptOf(order), tools: { weather }, toolChoice: 'required' });
  const next = await generateText({
    ...common(order),
    messages: [{ role: 'user', content: promptOf(order) }, ...called.response.messages],
  });
  return { results: called.toolResults.map(({ toolName, output }) => ({ toolName, output })), text: next.text };
}

async function object(order: FrameworkOrder) {
  const schema = z.object({ name: z.string(), age: z.number() });
  return { object: (await generateObject({ ...common(order), prompt: promptOf(order), schema })).object };
}

async function abort({ abortable = '' }: FrameworkOrder) {
  leaving.get(abortable)?.abort();
  return {};
}

const scenarios = { text, stream, toolRound, object, abort } as const satisfies Record<FrameworkOrder['scenario'], unknown>;

/** What a user can tell of an error. */
function told(error: unknown): object {
  if (RetryError.isInstance(error)) return { name: error.name, message: error.message, errors: error.errors.map(told) };
  if (APICallError.isInstance(error)) {
    const { name, message, statusCode, isRetryable, data, responseHeaders } = error;
    return { name, message, statusCode, isRetryable, data, code: responseHeaders?.['x-sluice-error'] };
  }
  if (error instanceof Error) return { name: error.name, message: error.message };
  return { name: 'error event', said: error };
}

serveOrders<FrameworkOrder>(scenarios, told);
