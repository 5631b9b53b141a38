/** Mistral: several calls in one delta without index, and thoughts among the parts of a content that is a list. */
import { dialect } from './dialect.ts';
import { finishedByCalls, numberedCalls, plainContent } from './repairs.ts';

export const mistral = dialect(plainContent, numberedCalls, finishedByCalls);
