import { expect, test } from 'vitest';
import { providerOfBareModel } from './routing.ts';

test.each([
  ['gpt-4o-mini', 'openai'], ['o3-mini', 'openai'], ['claude-sonnet-4', 'anthropic'], ['gemini-2.5-flash', 'gemini'],
  ['llama-3.3-70b', 'groq'], ['mistral-large-latest', 'mistral'], ['fast', undefined], ['my-gpt-4', undefined],
])('%s belongs to %s', (model, provider) => {
  expect(providerOfBareModel(model)).toBe(provider);
});
