/** Groq: models that reason do not say who speaks. */
import { dialect } from './dialect.ts';
import { namedSpeaker } from './repairs.ts';

export const groq = dialect(namedSpeaker);
