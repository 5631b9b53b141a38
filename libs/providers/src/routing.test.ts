import { expect, test } from 'vitest';
import { providerOfBareModel } from './routing.ts';

test.each([
  ['gpt-4o-mini', 'openai'], ['o3-mini', 'openai'], ['claude-sonnet-4', 'anthropic'], ['gemini-2.5-flash', 'gemini'],
  ['llama-3.3-70b', 'groq'], ['mistral-large-latest', 'mistral'], ['fast', undefined], ['my-gpt-4', undefined],
  ['us.anthropic.claude-sonnet-4-20250514-v1:0', 'aws-bedrock'], ['amazon.nova-lite-v1:0', 'aws-bedrock'], ['sonar-pro', 'perplexity'],
  ['deepseek-chat', 'deepseek'], ['grok-4', 'xai'], ['text-embedding-3-small', 'openai'], ['gemini-embedding-001', 'gemini'],
])('%s belongs to %s', (model, provider) => {
  expect(providerOfBareModel(model)).toBe(provider);
});
