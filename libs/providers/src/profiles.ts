/** The facts of every provider, without the code that calls it: for processes that only need to know how it counts. */
import { profile as groq } from './groq/profile.ts';
import { profile as mistral } from './mistral/profile.ts';
import { profile as openai } from './openai/profile.ts';
import { profile as openaiCompatible } from './openai-compatible/profile.ts';
import { profile as openrouter } from './openrouter/profile.ts';
import type { Profile } from './provider.ts';

export const profiles: ReadonlyMap<string, Profile> =
  new Map([groq, mistral, openai, openaiCompatible, openrouter].map((profile) => [profile.id, profile]));
