/** What the simulator says: an answer a newcomer understands, the same for the same request and seed. */
import { hash } from '../random.ts';

const SAYS_WHO = 'This answer comes from the provider simulator: no model was asked, and nothing was billed.';
const SAYS_HOW = 'Configure the key of a provider, and the same request goes to a real model.';

const MORE = [
  'Everything on the way here was real: the queue, the limits, the call and the stream.',
  'The same question gets the same answer, which is handy in a test.',
  'Ask for a stream to see the words arrive one after another.',
  'Send many requests at once to see them wait for their turn instead of failing.',
  'Limits are counted here as a provider counts them.',
] as const;

const QUOTED_CHARACTERS = 60;
/** Prompts can be megabytes; their beginning and length tell them apart well enough. */
const HASHED_CHARACTERS = 256;

/** Words with their leading space: one word is one output token. */
export type Words = readonly string[];

export const wordsOf = (text: string): Words => text.match(/\s*\S+/gu) ?? [];

/** JSON and arguments have few spaces; they arrive in pieces of four characters. */
export const piecesOf = (json: string): Words => json.match(/[\s\S]{1,4}/gu) ?? [];

const SELF = wordsOf(` ${SAYS_WHO} ${SAYS_HOW}`);
const MORE_WORDS = MORE.map((sentence) => wordsOf(` ${sentence}`));
const FILLER = MORE_WORDS.flat();

/** With `wanted`, exactly so many words. */
export function answerWords(prompt: string, wanted: number | null, seed: number): Words {
  const opening = [...wordsOf(greeting(prompt)), ...SELF];
  const dice = hash(seed, prompt.length, prompt.slice(0, HASHED_CHARACTERS));
  if (wanted === null) {
    for (let i = 0; i < dice % 3; i += 1) opening.push(...MORE_WORDS[(dice + i) % MORE_WORDS.length] ?? []);
    return opening;
  }
  if (wanted <= opening.length) return opening.slice(0, wanted);
  while (opening.length < wanted) opening.push(FILLER[(dice + opening.length) % FILLER.length] ?? '');
  return opening;
}

function greeting(prompt: string): string {
  if (/^\s*(hi|hello|hey|hallo|bonjour|hola|good (morning|day|evening))\b/iu.test(prompt)) {
    return 'Hello! It is good to hear from you.';
  }
  const line = prompt.slice(0, HASHED_CHARACTERS).trim().replace(/\s+/gu, ' ');
  if (line === '') return 'Hello!';
  const quoted = [...line].slice(0, QUOTED_CHARACTERS).join('');
  return `You said: "${quoted}${quoted.length < line.length ? '...' : ''}".`;
}
