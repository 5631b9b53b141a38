/** Perplexity: every event repeats the whole message so far beside what is new. */
import { dialect } from './dialect.ts';
import { deltaAlone } from './repairs.ts';

export const perplexity = dialect(deltaAlone);
