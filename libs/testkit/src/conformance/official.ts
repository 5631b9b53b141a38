/** A stream as the official SDKs understand it: run through their own helpers to the final object. */
import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import type { Endpoint } from '../judges/judges.ts';

const answering = (bytes: Buffer) => () =>
  Promise.resolve(new Response(new Uint8Array(bytes), { status: 200, headers: { 'content-type': 'text/event-stream' } }));

const openai = (bytes: Buffer) => new OpenAI({ apiKey: 'none', maxRetries: 0, fetch: answering(bytes) });
const anthropic = (bytes: Buffer) => new Anthropic({ apiKey: 'none', maxRetries: 0, fetch: answering(bytes) });

/** The final object as JSON text. Rejects where the helper does: on an error in the stream, or events that it cannot follow. */
export async function officialFinal(endpoint: Endpoint, bytes: Buffer): Promise<string> {
  switch (endpoint) {
    case 'chat':
      return JSON.stringify(await openai(bytes).chat.completions.stream({ model: 'm', messages: [] }).finalChatCompletion());
    case 'responses':
      return JSON.stringify(await openai(bytes).responses.stream({ model: 'm', input: '' }).finalResponse());
    case 'messages':
      return JSON.stringify(await anthropic(bytes).messages.stream({ model: 'm', max_tokens: 1, messages: [] }).finalMessage());
    default:
      return endpoint satisfies never;
  }
}

/** The error that the SDK raises for an answer with this status and body. */
export async function officialError(endpoint: Endpoint, status: number, body: string): Promise<unknown> {
  const fetch = () => Promise.resolve(new Response(body, { status, headers: { 'content-type': 'application/json' } }));
  try {
    if (endpoint === 'messages') await new Anthropic({ apiKey: 'none', maxRetries: 0, fetch }).messages.create({ model: 'm', max_tokens: 1, messages: [] });
    else await new OpenAI({ apiKey: 'none', maxRetries: 0, fetch }).chat.completions.create({ model: 'm', messages: [] });
    return undefined;
  } catch (error) {
    return error;
  }
}
