/** The provider ids a connection may name, and where each is reached unless the file says otherwise (null: it must). */
export const PROVIDERS = {
  'openai': 'https://api.openai.com/v1',
  'azure-openai': null,
  'anthropic': 'https://api.anthropic.com/v1',
  'gemini': 'https://generativelanguage.googleapis.com/v1beta/openai',
  'vertex': null,
  'groq': 'https://api.groq.com/openai/v1',
  'perplexity': 'https://api.perplexity.ai',
  'mistral': 'https://api.mistral.ai/v1',
  'openrouter': 'https://openrouter.ai/api/v1',
  'aws-bedrock': null,
  'aws-bedrock-invoke': null,
  'ollama': 'http://127.0.0.1:11434/v1',
  'lmstudio': 'http://127.0.0.1:1234/v1',
  'openai-compatible': null,
} as const satisfies Record<string, string | null>;

export type ProviderId = keyof typeof PROVIDERS;

export const PROVIDER_IDS = Object.keys(PROVIDERS) as [ProviderId, ...ProviderId[]]; // Object.keys forgets its own keys' type

export const isLoopback = (url: string): boolean =>
  /^(127(\.\d{1,3}){3}|\[::1\]|localhost|.+\.localhost)$/.test(new URL(url).hostname);
