/** How much of a prompt was seen before. What limits count and what usage says of it is each format's business. */
import { hash } from '../random.ts';
import type { Given } from './format.ts';
import { inputTokensOf, type Turn } from './produce.ts';

/** Providers keep no shorter beginnings. */
const SHORTEST_TOKENS = 1_024;

export interface CacheUse {
  readonly read: number;
  readonly written: number;
}

const NOTHING: CacheUse = { read: 0, written: 0 };

/** The first `marked` turns, where a request marks what to keep. */
export function markedUse(given: Given, model: string, turns: readonly Turn[]): CacheUse {
  const tokens = inputTokensOf(turns, null);
  if (tokens < SHORTEST_TOKENS) return NOTHING;
  return given.cached(model, prefixOf(turns)) ? { read: tokens, written: 0 } : { read: 0, written: tokens };
}

/** All but the last turn, where the provider keeps what it likes; by steps of 128 tokens. */
export function automaticUse(given: Given, model: string, turns: readonly Turn[]): number {
  if (inputTokensOf(turns, null) < SHORTEST_TOKENS) return 0;
  given.cached(model, prefixOf(turns));
  const before = turns.slice(0, -1);
  const tokens = inputTokensOf(before, null);
  return tokens >= SHORTEST_TOKENS && given.cached(model, prefixOf(before)) ? tokens - (tokens % 128) : 0;
}

const prefixOf = (turns: readonly Turn[]): string => String(hash(...turns.flatMap(({ role, text }) => [role, text])));

const KEEP = 10_000;

/** What one simulator remembers of its callers; the oldest is forgotten. */
export function createPromptCache(): (key: string) => Given['cached'] {
  const seen = new Set<string>();
  return (key) => (model, prefix) => {
    const id = `${key} ${model} ${prefix}`;
    const isKnown = seen.delete(id);
    seen.add(id);
    if (seen.size > KEEP) seen.delete(seen.values().next().value ?? id);
    return isKnown;
  };
}
