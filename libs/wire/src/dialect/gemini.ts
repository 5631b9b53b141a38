/** Gemini's compatible surface: calls without index and with an empty id, and a streamed answer with calls that just stops. */
import { dialect } from './dialect.ts';
import { finishedByCalls, numberedCalls } from './repairs.ts';

export const gemini = dialect(numberedCalls, finishedByCalls);
