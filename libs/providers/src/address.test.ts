/** Where each provider is called, and what it is sent there. */
import { expect, test } from 'vitest';
import type { Outgoing } from './address.ts';
import { providers } from './registry.ts';
import type { Credentials, WireFormat } from './provider.ts';

interface Call extends Partial<Outgoing> {
  readonly base: string;
  readonly credentials?: Credentials;
}

function sent(id: string, format: WireFormat, { base, credentials = {}, body = Buffer.from('{"model":"m","stream":true}'), ...call }: Call) {
  const outgoing: Outgoing = { format, purpose: 'answer', model: 'm', stream: false, headers: {}, body, ...call };
  const addressed = providers.get(id)?.addressOf(outgoing, { baseUrl: base, credentials });
  return addressed && { url: addressed.url.href, body: String(addressed.body), headers: addressed.headers };
}

const VERTEX = { project: 'p', location: 'us-east5' };

test.each<[string, WireFormat, Call, string]>([
  ['openai', 'chat', { base: 'https://api.openai.com/v1' }, 'https://api.openai.com/v1/chat/completions'],
  ['openai', 'responses', { base: 'https://api.openai.com/v1' }, 'https://api.openai.com/v1/responses'],
  ['openrouter', 'messages', { base: 'https://openrouter.ai/api/v1' }, 'https://openrouter.ai/api/v1/messages'],
  ['deepseek', 'chat', { base: 'https://api.deepseek.com/v1' }, 'https://api.deepseek.com/v1/chat/completions'],
  ['azure-openai', 'chat', { base: 'https://r.openai.azure.com', model: 'my gpt' }, 'https://r.openai.azure.com/openai/deployments/my%20gpt/chat/completions?api-version=2024-10-21'],
  ['azure-openai', 'embeddings', { base: 'https://r.openai.azure.com/openai', credentials: { api_version: '2025-01-01' } }, 'https://r.openai.azure.com/openai/deployments/m/embeddings?api-version=2025-01-01'],
  ['azure-openai', 'responses', { base: 'https://r.openai.azure.com' }, 'https://r.openai.azure.com/openai/responses?api-version=2025-04-01-preview'],
  ['azure-openai', 'responses', { base: 'https://r.openai.azure.com/openai/v1' }, 'https://r.openai.azure.com/openai/v1/responses'],
  ['anthropic', 'messages', { base: 'https://api.anthropic.com/v1' }, 'https://api.anthropic.com/v1/messages'],
  ['anthropic', 'messages', { base: 'https://api.anthropic.com/v1', purpose: 'count' }, 'https://api.anthropic.com/v1/messages/count_tokens'],
  ['gemini', 'chat', { base: 'https://g.com/v1beta/openai' }, 'https://g.com/v1beta/openai/chat/completions'],
  ['gemini', 'gemini', { base: 'https://g.com/v1beta/openai' }, 'https://g.com/v1beta/models/m:generateContent'],
  ['gemini', 'gemini', { base: 'https://g.com/v1beta', stream: true }, 'https://g.com/v1beta/models/m:streamGenerateContent?alt=sse'],
  ['gemini', 'gemini-embeddings', { base: 'https://g.com/v1beta' }, 'https://g.com/v1beta/models/m:batchEmbedContents'],
  ['vertex', 'gemini', { base: 'https://v.com', credentials: VERTEX, stream: true }, 'https://v.com/v1/projects/p/locations/us-east5/publishers/google/models/m:streamGenerateContent?alt=sse'],
  ['vertex', 'messages', { base: 'https://v.com/v1', credentials: VERTEX, model: 'claude-x@1' }, 'https://v.com/v1/projects/p/locations/us-east5/publishers/anthropic/models/claude-x%401:rawPredict'],
  ['vertex', 'messages', { base: 'https://v.com', credentials: VERTEX, purpose: 'count' }, 'https://v.com/v1/projects/p/locations/us-east5/publishers/anthropic/models/count-tokens:rawPredict'],
  ['aws-bedrock', 'converse', { base: 'https://b.com', model: 'us.x-v1:0', stream: true }, 'https://b.com/model/us.x-v1%3A0/converse-stream'],
  ['aws-bedrock', 'titan-embeddings', { base: 'https://b.com' }, 'https://b.com/model/m/invoke'],
  ['aws-bedrock-invoke', 'messages', { base: 'https://b.com', stream: true }, 'https://b.com/model/m/invoke-with-response-stream'],
])('%s, %s, %j', (id, format, call, url) => {
  expect(sent(id, format, call)?.url).toBe(url);
});

test('a format that is not spoken has no address', () => {
  expect(sent('openai', 'messages', { base: 'https://x.com' })).toBeUndefined();
  expect(sent('anthropic', 'chat', { base: 'https://x.com' })).toBeUndefined();
  expect(sent('aws-bedrock', 'messages', { base: 'https://x.com' })).toBeUndefined();
});

test('whatever speaks a format has an address for it', () => {
  for (const { profile } of providers.values()) {
    for (const format of profile.formats) expect(sent(profile.id, format, { base: 'https://x.com' }), `${profile.id} ${format}`).toBeDefined();
  }
});

test('the wrapping of Messages differs, what is inside stays byte for byte', () => {
  const body = Buffer.from('{ "model":"m", "temperature": 1.0, "stream":true,"messages":[] }');
  expect(sent('vertex', 'messages', { base: 'https://v.com', credentials: VERTEX, body })?.body)
    .toBe('{"anthropic_version":"vertex-2023-10-16", "temperature": 1.0, "stream":true,"messages":[] }');
  const invoked = sent('aws-bedrock-invoke', 'messages', { base: 'https://b.com', body, headers: { 'anthropic-beta': 'a, b' } });
  expect(invoked?.body).toBe('{"anthropic_version":"bedrock-2023-05-31","anthropic_beta":["a","b"], "temperature": 1.0, "messages":[] }');
  expect(sent('anthropic', 'messages', { base: 'https://a.com', body })?.body).toBe(body.toString());
});

test('version and betas of the client go along', () => {
  const headers = { 'anthropic-beta': 'files-api', 'anthropic-version': '2024-01-01' };
  expect(sent('anthropic', 'messages', { base: 'https://a.com', headers })?.headers).toMatchObject(headers);
  expect(sent('anthropic', 'messages', { base: 'https://a.com' })?.headers).toMatchObject({ 'anthropic-version': '2023-06-01' });
});

test('counting wraps the request as each provider wants it', () => {
  const body = Buffer.from('{"contents":[]}');
  expect(sent('gemini', 'gemini', { base: 'https://g.com', purpose: 'count', body })?.body).toBe('{"generateContentRequest":{"model":"models/m","contents":[]}}');
  expect(sent('aws-bedrock', 'converse', { base: 'https://b.com', purpose: 'count', body })?.body).toBe('{"input":{"converse":{"contents":[]}}}');
});
