/**
 * The provider ids a connection may name, and where each is reached unless the file says otherwise: null where it must, and
 * with the name of a credential in braces where that says it.
 */
export const PROVIDERS = {
  'openai': 'https://api.openai.com/v1',
  'azure-openai': null,
  'anthropic': 'https://api.anthropic.com/v1',
  'gemini': 'https://generativelanguage.googleapis.com/v1beta/openai',
  'vertex': 'https://{location}-aiplatform.googleapis.com',
  'groq': 'https://api.groq.com/openai/v1',
  'perplexity': 'https://api.perplexity.ai',
  'mistral': 'https://api.mistral.ai/v1',
  'openrouter': 'https://openrouter.ai/api/v1',
  'aws-bedrock': 'https://bedrock-runtime.{region}.amazonaws.com',
  'aws-bedrock-invoke': 'https://bedrock-runtime.{region}.amazonaws.com',
  'ollama': 'http://127.0.0.1:11434/v1',
  'lmstudio': 'http://127.0.0.1:1234/v1',
  'deepseek': 'https://api.deepseek.com/v1',
  'xai': 'https://api.x.ai/v1',
  'openai-compatible': null,
} as const satisfies Record<string, string | null>;

export type ProviderId = keyof typeof PROVIDERS;

export const PROVIDER_IDS = Object.keys(PROVIDERS) as [ProviderId, ...ProviderId[]]; // Object.keys forgets its own keys' type

export const isProvider = (name: unknown): name is ProviderId => typeof name === 'string' && Object.hasOwn(PROVIDERS, name);

/** Null: only the file can say it. */
export function addressOf(provider: ProviderId, credentials: Readonly<Record<string, unknown>>): string | null {
  const address: string | null = PROVIDERS[provider];
  const named = address === null ? null : placeholderOf(address);
  if (address === null || named === null) return address;
  const value = credentials[named];
  if (typeof value !== 'string' || !/^[a-z0-9-]{1,40}$/.test(value)) return null;
  // What Google serves from everywhere has no place in its name.
  return value === 'global' ? address.replace(`{${named}}-`, '') : address.replace(`{${named}}`, value);
}

/** What an address that the file leaves out depends on, for messages. */
export function placeholderOf(address: string | null): string | null {
  return address === null ? null : /\{(\w+)\}/.exec(address)?.[1] ?? null;
}

export const isLoopback = (url: string): boolean =>
  /^(127(\.\d{1,3}){3}|\[::1\]|localhost|.+\.localhost)$/.test(new URL(url).hostname);
