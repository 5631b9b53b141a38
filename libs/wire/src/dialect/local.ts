/** Servers of one's own (Ollama, LM Studio, older builds of others): calls without index or id, and answers with calls that just stop. */
import { dialect } from './dialect.ts';
import { finishedByCalls, namedSpeaker, numberedCalls } from './repairs.ts';

export const local = dialect(numberedCalls, finishedByCalls, namedSpeaker);
