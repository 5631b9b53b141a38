import { sql } from 'kysely';

/**
 * US dollars of a journal record joined with its `price`; null where the model's price is unknown or the provider told no
 * usage. Cached input is part of the input and has a price of its own.
 */
export const COST = sql`
  (greatest("inputTokens" - coalesce("cachedInputTokens", 0), 0) * price.input
   + coalesce("cachedInputTokens", 0) * price.cached_input + "outputTokens" * price.output) / 1e6`;
