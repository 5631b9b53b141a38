/** Every provider that can be called, by its id. */
import type { Provider } from './provider.ts';
import { provider as anthropic } from './anthropic/index.ts';
import { provider as awsBedrock } from './aws-bedrock/index.ts';
import { provider as awsBedrockInvoke } from './aws-bedrock-invoke/index.ts';
import { provider as azureOpenai } from './azure-openai/index.ts';
import { profile as deepseek } from './deepseek/profile.ts';
import { provider as gemini } from './gemini/index.ts';
import { provider as groq } from './groq/index.ts';
import { provider as lmstudio } from './lmstudio/index.ts';
import { provider as mistral } from './mistral/index.ts';
import { provider as ollama } from './ollama/index.ts';
import { provider as openai } from './openai/index.ts';
import { provider as openaiCompatible } from './openai-compatible/index.ts';
import { compatible } from './openai-family/provider.ts';
import { provider as openrouter } from './openrouter/index.ts';
import { provider as perplexity } from './perplexity/index.ts';
import { provider as vertex } from './vertex/index.ts';
import { profile as xai } from './xai/profile.ts';

const all: readonly Provider[] = [
  openai, azureOpenai, anthropic, gemini, vertex, groq, perplexity, mistral, openrouter, awsBedrock, awsBedrockInvoke, ollama, lmstudio,
  openaiCompatible, compatible(deepseek), compatible(xai),
];

export const providers: ReadonlyMap<string, Provider> = new Map(all.map((provider) => [provider.profile.id, provider]));
