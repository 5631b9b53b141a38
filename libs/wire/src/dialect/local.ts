/**
 * Servers of one's own (Ollama, LM Studio, older builds of others): calls without index or id, answers with calls that just stop, and
 * a speaker who is named never, or more than once.
 */
import { dialect } from './dialect.ts';
import { finishedByCalls, namedSpeaker, numberedCalls, roleOnce } from './repairs.ts';

export const local = dialect(numberedCalls, finishedByCalls, namedSpeaker, roleOnce);
