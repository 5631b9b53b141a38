/** Perplexity: every event repeats the whole message so far beside what is new, and the last is of a kind of its own. */
import { dialect } from './dialect.ts';
import { deltaAlone, oneKind, roleOnce } from './repairs.ts';

export const perplexity = dialect(deltaAlone, oneKind, roleOnce);
