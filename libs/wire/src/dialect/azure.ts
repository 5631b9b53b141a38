/** Azure: events about its content filter have no delta, and old versions do not say who speaks. Everything else is OpenAI's own. */
import { dialect } from './dialect.ts';
import { deltaAlone, namedSpeaker } from './repairs.ts';

export const azure = dialect(deltaAlone, namedSpeaker);
