/** The facts of every provider, without the code that calls it: for processes that only need to know how it counts. */
import { profile as anthropic } from './anthropic/profile.ts';
import { profile as awsBedrock } from './aws-bedrock/profile.ts';
import { profile as awsBedrockInvoke } from './aws-bedrock-invoke/profile.ts';
import { profile as azureOpenai } from './azure-openai/profile.ts';
import { profile as deepseek } from './deepseek/profile.ts';
import { profile as gemini } from './gemini/profile.ts';
import { profile as groq } from './groq/profile.ts';
import { profile as lmstudio } from './lmstudio/profile.ts';
import { profile as mistral } from './mistral/profile.ts';
import { profile as ollama } from './ollama/profile.ts';
import { profile as openai } from './openai/profile.ts';
import { profile as openaiCompatible } from './openai-compatible/profile.ts';
import { profile as openrouter } from './openrouter/profile.ts';
import { profile as perplexity } from './perplexity/profile.ts';
import type { Profile } from './provider.ts';
import { profile as vertex } from './vertex/profile.ts';
import { profile as xai } from './xai/profile.ts';

const all: readonly Profile[] = [
  openai, azureOpenai, anthropic, gemini, vertex, groq, perplexity, mistral, openrouter, awsBedrock, awsBedrockInvoke, ollama, lmstudio,
  openaiCompatible, deepseek, xai,
];

export { rulesOf } from './model-rules.ts';
export { spokenTo } from './spoken.ts';

export const profiles: ReadonlyMap<string, Profile> = new Map(all.map((profile) => [profile.id, profile]));
