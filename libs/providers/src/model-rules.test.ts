import { expect, test } from 'vitest';
import { editsOf, formatsOf, rulesOf } from './model-rules.ts';
import { profiles } from './profiles.ts';
import type { Profile } from './provider.ts';

const profile = (id: string): Profile => {
  const found = profiles.get(id);
  if (!found) throw new Error(`no profile ${id}`);
  return found;
};

test.each([
  ['openai', 'gpt-4o', 'none', 'openai'], ['openai', 'o3', 'effort', 'openai'], ['openai', 'gpt-5-chat-latest', 'none', 'openai'],
  ['anthropic', 'claude-sonnet-4-5', 'budget', 'anthropic'], ['anthropic', 'claude-3-haiku-20240307', 'none', 'anthropic'],
  ['anthropic', 'claude-opus-4-6', 'adaptive', 'anthropic'], ['aws-bedrock', 'us.anthropic.claude-sonnet-4-20250514-v1:0', 'budget', 'bedrock'],
  ['gemini', 'gemini-2.5-flash', 'budget', 'google'], ['gemini', 'gemini-3-pro-preview', 'effort', 'google'],
  ['vertex', 'claude-opus-4@1', 'budget', 'anthropic'], ['vertex', 'gemini-2.5-pro', 'budget', 'google'], ['xai', 'grok-4', 'effort', 'xai'],
])('%s: %s reasons by %s, signed by %s', (id, model, reasoning, family) => {
  expect(rulesOf(profile(id), model)).toMatchObject({ reasoning, family });
});

test('reasoning models know the maximum by another name, and no sampling', () => {
  expect(editsOf(profile('openai'), 'chat', 'o3-mini')).toMatchObject({
    rename: { max_tokens: 'max_completion_tokens' }, omit: expect.arrayContaining(['temperature', 'top_p']), efforts: ['low', 'medium', 'high'],
  });
  expect(editsOf(profile('openai'), 'chat', 'gpt-5.1').efforts).toEqual(['none', 'low', 'medium', 'high']);
  expect(editsOf(profile('openai'), 'chat', 'gpt-4o')).toMatchObject({ rename: {}, omit: [], efforts: [] });
  expect(editsOf(profile('openai'), 'responses', 'o3-mini')).toMatchObject({ rename: {}, omit: [] });
  expect(editsOf(profile('mistral'), 'chat', 'mistral-large-latest').rename).toMatchObject({ max_completion_tokens: 'max_tokens' });
});

test.each([
  ['openai', 'gpt-4o', 'chat'], ['openai', 'gpt-5-codex', 'responses'], ['openai', 'o3-deep-research', 'responses'],
  ['vertex', 'claude-opus-4@1', 'messages'], ['vertex', 'gemini-2.5-pro', 'gemini'], ['vertex', 'text-embedding-005', 'vertex-embeddings'],
  ['aws-bedrock', 'amazon.titan-embed-text-v2:0', 'titan-embeddings'], ['aws-bedrock', 'cohere.embed-english-v3', 'cohere-embeddings'],
  ['aws-bedrock', 'amazon.nova-lite-v1:0', 'converse'], ['gemini', 'gemini-embedding-001', 'gemini-embeddings'],
])('%s: %s is called in %s', (id, model, format) => {
  expect(formatsOf(profile(id), model)[0]).toBe(format);
});

test('no row gives a model a format that its provider does not speak', () => {
  for (const { id, formats, models } of profiles.values()) {
    for (const row of models) expect(formats, id).toEqual(expect.arrayContaining([...row.formats ?? []]));
  }
});
