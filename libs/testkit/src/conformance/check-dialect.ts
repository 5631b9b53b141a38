/** C4 of Chat itself: an answer of a provider that speaks it, put right by its dialect, says what it said, and the official helper follows it. */
import { DIALECTS, NOTHING_HEARD } from '@sluice/wire';
import { profiles } from '@sluice/providers/profiles';
import type { Fact } from '../facts/fact.ts';
import { readers } from '../facts/read.ts';
import type { Exchange } from '../recordings/exchange.ts';
import { answerDifferences } from './compare-answers.ts';
import { providerIdOf } from './check-error.ts';
import { providerEvents } from './events-of.ts';
import { officialFinal } from './official.ts';
import { excluded, verdictOf, type Verdict } from './verdict.ts';

/** OpenAI's own word for the end of an answer with calls stands, also where it is `stop`. */
const isOpenais = (what: string): boolean => what.includes('finish stop for stop with calls');

export async function checkDialect(exchange: Exchange, answer: 'body' | 'stream'): Promise<Verdict> {
  const name = profiles.get(providerIdOf(exchange))?.dialect;
  const { body } = exchange.response;
  const failed = (answer === 'body' ? readers.chat.answer(body.toString('utf8')) : readers.chat.stream(body)).every(({ kind }) => !['text', 'call', 'finish'].includes(kind));
  if (failed) return excluded('an error under 200');
  if (answer === 'body') return verdictOf(name ? wholeProblems(body.toString('utf8'), DIALECTS[name].whole(body.toString('utf8'))) : []);
  const facts = readers.chat.stream(body);
  if (facts.some(({ kind }) => kind === 'error')) return excluded('a stream that failed');
  if (!providerEvents('chat', body, 'whole').every(({ data }) => data.includes('"choices"'))) return excluded('events that are no chunks');
  let heard = NOTHING_HEARD;
  const data = providerEvents('chat', body, 'whole').map((event) => {
    if (!name) return event.data;
    const [next, right] = DIALECTS[name].event(heard, event.data);
    heard = next;
    return right;
  });
  const made = Buffer.from([...data, '[DONE]'].map((one) => `data: ${one}\n\n`).join(''));
  return verdictOf([...differences(facts, readers.chat.stream(made)), ...(await helperProblems(facts, made))]);
}

const differences = (given: readonly Fact[], arrived: readonly Fact[]): readonly string[] =>
  answerDifferences(given, arrived, 'chat').map(({ what }) => what).filter((what) => !isOpenais(what));

const wholeProblems = (text: string, made: string): readonly string[] => differences(readers.chat.answer(text), readers.chat.answer(made));

/** Texts and calls as the helper puts them together. It knows nothing of thoughts. */
async function helperProblems(facts: readonly Fact[], made: Buffer): Promise<readonly string[]> {
  const spoken = (all: readonly Fact[]) => all.filter(({ kind }) => ['text', 'call', 'model'].includes(kind));
  try {
    return differences(spoken(facts), spoken(readers.chat.answer(await officialFinal('chat', made)))).map((what) => `SDK: ${what}`);
  } catch (error) {
    return [`SDK: ${error instanceof Error ? error.message : String(error)}`];
  }
}
