/** Every provider that can be called, by its id. */
import type { Provider } from './provider.ts';
import { provider as groq } from './groq/index.ts';
import { provider as mistral } from './mistral/index.ts';
import { provider as openai } from './openai/index.ts';
import { provider as openaiCompatible } from './openai-compatible/index.ts';
import { provider as openrouter } from './openrouter/index.ts';

const all: readonly Provider[] = [openai, openaiCompatible, groq, mistral, openrouter];

export const providers: ReadonlyMap<string, Provider> = new Map(all.map((provider) => [provider.profile.id, provider]));
