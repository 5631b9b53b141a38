/** The dialects there are, by the names that profiles give them. */
import { azure } from './azure.ts';
import type { Dialect } from './dialect.ts';
import { gemini } from './gemini.ts';
import { groq } from './groq.ts';
import { local } from './local.ts';
import { mistral } from './mistral.ts';
import { openrouter } from './openrouter.ts';
import { perplexity } from './perplexity.ts';

export const DIALECTS = { azure, gemini, groq, local, mistral, openrouter, perplexity } as const satisfies Readonly<Record<string, Dialect>>;
export type DialectName = keyof typeof DIALECTS;
