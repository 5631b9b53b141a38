/**
 * Loops of tools with thoughts, through the whole system: what a provider signed comes back to it, from the client that keeps it or
 * from memory; ids match, parallel calls keep their order, and the provider may change in the middle.
 */
import OpenAI from 'openai';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { KEY, type System } from '../system.ts';
import { startEveryProvider } from './every-provider.ts';
import { heardIn, type Heard } from './heard.ts';
import { PLACE, TOOL_NAMES } from './questions.ts';
import { z } from 'zod';

type Message = OpenAI.ChatCompletionMessageParam;
type Answer = OpenAI.ChatCompletion;

/** A resource for each format, and whose signatures it takes; OpenAI's Chat shows none, nor does Mistral's, which is particular about ids. */
const FORMATS = { 'openai': null, 'openai-responses': 'openai', 'anthropic': 'anthropic', 'vertex': 'google', 'aws-bedrock': 'anthropic', 'mistral': null } as const;
type Name = keyof typeof FORMATS;
const NAMES = Object.keys(FORMATS) as Name[]; // Object.keys forgets its own keys' type

/** `keeps` sends back the very object that its SDK gave it, `drops` what OpenAI documents of it. */
const CLIENTS = {
  keeps: (message: OpenAI.ChatCompletionMessage): Message => message,
  drops: ({ content, tool_calls: calls }: OpenAI.ChatCompletionMessage): Message => ({
    role: 'assistant', content,
    ...(calls ? { tool_calls: calls.flatMap((call) => (call.type === 'function' ? [{ id: call.id, type: call.type, function: { name: call.function.name, arguments: call.function.arguments } }] : [])) } : {}),
  }),
} as const;
type Client = keyof typeof CLIENTS;

let system: System;
let openai: OpenAI;
beforeAll(async () => {
  system = await startEveryProvider();
  openai = new OpenAI({ baseURL: `${system.url}/v1`, apiKey: KEY, maxRetries: 0 });
});
afterAll(() => system?.stop());

const tools = TOOL_NAMES.map((name) => ({ type: 'function' as const, function: { name, parameters: z.toJSONSchema(PLACE) } }));
const question: Message = { role: 'user', content: 'Use get_traffic and get_weather for Rome.' };

interface Asked {
  readonly model: Name;
  readonly messages: Message[];
  readonly stream: boolean;
}

async function ask({ model, messages, stream }: Asked): Promise<{ readonly message: OpenAI.ChatCompletionMessage; readonly finish: string; readonly heard: Heard }> {
  const params = { model, messages, tools, reasoning_effort: 'high' as const };
  const answer: Answer = await (stream ? openai.chat.completions.stream(params).finalChatCompletion() : openai.chat.completions.create(params));
  const [choice] = answer.choices;
  if (!choice) throw new Error('there is no choice');
  return { message: choice.message, finish: choice.finish_reason, heard: heardIn(system.simulators[0]?.bodies().at(-1) ?? '') };
}

const resultsOf = (message: OpenAI.ChatCompletionMessage): Message[] => (message.tool_calls ?? []).flatMap((call) =>
  (call.type === 'function' ? [{ role: 'tool' as const, tool_call_id: call.id, content: `result of ${call.function.name}` }] : []));

/** Twice: a question, both tools called, their results, an answer. Each step may go elsewhere. */
async function converse(steps: readonly Name[], client: Client, stream: boolean) {
  const messages: Message[] = [];
  const heard: Heard[] = [];
  for (const [index, model] of steps.entries()) {
    if (index % 2 === 0) messages.push(question);
    const answer = await ask({ model, messages, stream });
    expect(answer.finish, `step ${index} at ${model}`).toBe(index % 2 === 0 ? 'tool_calls' : 'stop');
    messages.push(CLIENTS[client](answer.message), ...resultsOf(answer.message));
    heard.push(answer.heard);
  }
  return heard;
}

/** What was called, in the simulator's order, so often. */
const calledIn = (rounds: number): string[] => Array.from({ length: rounds }, () => [...TOOL_NAMES]).flat();

function expectWhole({ calls, results }: Heard, rounds: number): void {
  expect(calls.map(({ name }) => name)).toEqual(calledIn(rounds));
  expect(results.map(({ id }) => id)).toEqual(calls.map(({ id }) => id));
  results.forEach(({ text }, index) => expect(text).toContain(`result of ${calledIn(rounds)[index] ?? ''}`));
}

describe.each(NAMES)('at %s', (name) => {
  describe.each(['keeps', 'drops'] as const)('a client that %s what it does not know', (client) => {
    test.each([false, true])('goes round twice (streamed: %s)', async (stream) => {
      const heard = await converse([name, name, name, name], client, stream);
      heard.forEach((each, index) => expectWhole(each, Math.ceil(index / 2)));
      // Behind the first calls, and behind the second: each round has its own thoughts.
      const family = FORMATS[name];
      const signed = heard.map(({ signatures }) => signatures.length);
      if (family === null) return expect(signed).toEqual([0, 0, 0, 0]);
      expect(signed[1]).toBe(1);
      expect(signed[3]).toBeGreaterThanOrEqual(2);
      for (const signature of heard.at(-1)?.signatures ?? []) expect(Buffer.from(signature, 'base64').toString()).toMatch(new RegExp(`^${family}:`));
      return undefined;
    });
  });
});

describe('a provider that changes in the middle', () => {
  const moves = NAMES.flatMap((from) => NAMES.filter((to) => to !== from).map((to) => [from, to] as const));

  test.each(moves)('from %s to %s and back: nobody sees the signatures of another, and everybody its own', async (from, to) => {
    for (const client of ['keeps', 'drops'] as const) {
      const heard = await converse([from, to, to, from], client, client === 'keeps');
      heard.forEach((each, index) => expectWhole(each, Math.ceil(index / 2)));
      for (const [index, name] of [from, to, to, from].entries()) {
        const families = (heard[index]?.signatures ?? []).map((signature) => Buffer.from(signature, 'base64').toString().split(':')[0]);
        expect(new Set(families), `step ${index} at ${name}`).toEqual(new Set(families.length > 0 ? [FORMATS[name]] : []));
      }
    }
  });
});
