/** What holds for every format: the same request and seed give the same bytes, and the stream produces what the body does. */
import { describe, expect, test } from 'vitest';
import { endpointOf } from '../endpoints.ts';
import { createPromptCache } from './prompt-cache.ts';
import { isFailure, type Given, type Prepared } from './format.ts';

const CASES: readonly (readonly [path: string, body: object])[] = [
  ['/v1/chat/completions', { model: 'm', reasoning_effort: 'low', messages: [{ role: 'user', content: 'hello' }] }],
  ['/v1/responses', { model: 'm', reasoning: { summary: 'auto' }, input: 'hello' }],
  ['/v1/messages', { model: 'm', max_tokens: 4_096, thinking: { type: 'enabled', budget_tokens: 1_024 }, messages: [{ role: 'user', content: 'hello' }] }],
  [
    '/v1/projects/p/locations/l/publishers/anthropic/models/m:streamRawPredict',
    { max_tokens: 64, anthropic_version: 'vertex-2023-10-16', messages: [{ role: 'user', content: 'hello' }] },
  ],
  ['/model/m/invoke-with-response-stream', { max_tokens: 64, anthropic_version: 'bedrock-2023-05-31', messages: [{ role: 'user', content: 'hello' }] }],
  [
    '/model/m/converse-stream',
    { messages: [{ role: 'user', content: [{ text: 'hello' }] }], additionalModelRequestFields: { thinking: { type: 'enabled', budget_tokens: 1_024 } } },
  ],
  ['/v1beta/models/m:streamGenerateContent', { contents: [{ parts: [{ text: 'hello' }] }], generationConfig: { thinkingConfig: { includeThoughts: true } } }],
];

function prepared(path: string, body: object, more: Partial<Given> = {}): Prepared {
  const serves = endpointOf(path)?.serves;
  if (serves?.kind !== 'calls') throw new Error(`${path} speaks nothing`);
  const given: Given = {
    seed: 7, call: 3, now: 1_767_225_600_000, wantedOutputTokens: null, cached: createPromptCache()('key'),
    address: { model: serves.model, stream: serves.stream, query: new URLSearchParams('alt=sse') }, ...more,
  };
  const answer = serves.format.prepare(body, given);
  if (isFailure(answer)) throw new Error(JSON.stringify(answer));
  return answer;
}

const usageOf = ({ inputTokens, outputTokens }: Prepared) => ({ inputTokens, outputTokens });
const streamOf = (answer: Prepared): string => Buffer.concat(answer.events(usageOf(answer)).map(({ data }) => Buffer.from(data))).toString('base64');

describe.each(CASES)('%s', (path, body) => {
  test('says the same for the same request and seed, and signs for another seed otherwise', () => {
    const [first, second] = [prepared(path, body), prepared(path, body)];
    expect(second.body(usageOf(second))).toBe(first.body(usageOf(first)));
    expect(streamOf(second)).toBe(streamOf(first));
    expect(streamOf(prepared(path, body, { seed: 8 }))).not.toBe(streamOf(first));
  });

  test('its events produce all tokens of the answer, thoughts included', () => {
    const answer = prepared(path, body);
    expect(answer.events(null).reduce((sum, { tokens }) => sum + tokens, 0)).toBe(answer.outputTokens);
  });

  test.each([1, 5, 60])('it has exactly the %i tokens that a header asks for', (wantedOutputTokens) => {
    const answer = prepared(path, body, { wantedOutputTokens });
    expect(answer.outputTokens).toBe(wantedOutputTokens);
    expect(answer.events(null).reduce((sum, { tokens }) => sum + tokens, 0)).toBe(wantedOutputTokens);
  });

  test('takes as much input in every format', () => {
    expect(prepared(path, body).inputTokens).toBe(9);
  });
});

test.each([
  ['/v1/chat/completions', 'openai'], ['/mistral/v1/chat/completions', 'mistral'], ['/local/v1/models', 'keyless'], ['/v1/messages', 'anthropic'],
  ['/v1beta/openai/chat/completions', 'gemini-compatible'], ['/openai/deployments/d/chat/completions', 'azure'], ['/openai/responses', 'azure'],
  ['/v1/projects/p/locations/l/publishers/google/models/m:streamGenerateContent', 'vertex-stream'], ['/model/a%2Fb/converse', 'aws'],
])('%s is spoken in the manner of %s', (path, manner) => {
  expect(endpointOf(path)?.manner.id).toBe(manner);
});

test.each(['/', '/v1', '/v1/nothing', '/model/m/nothing', '/strange/v1/chat/completions', '/v1beta/models/m:nothing'])('%s is nobody\'s address', (path) => {
  expect(endpointOf(path)).toBeUndefined();
});
