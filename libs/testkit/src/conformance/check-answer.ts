/** C4: a provider's answer in each endpoint's format, whole and streamed. */
import type { AnswerInput } from '@sluice/wire';
import type { Fact } from '../facts/fact.ts';
import { parseJson } from '../facts/json.ts';
import { readers } from '../facts/read.ts';
import { answerJudges, type Endpoint } from '../judges/judges.ts';
import { answerDifferences } from './compare-answers.ts';
import { unwarned } from './compare-requests.ts';
import { RULES, type Converter } from './converters.ts';
import { cutsOf, providerEvents, type Cut } from './events-of.ts';
import { officialFinal } from './official.ts';
import { isInside, isRelated, valueAt } from './paths.ts';
import { orderProblems } from './stream-order.ts';
import { verdictOf, type Verdict } from './verdict.ts';

/** What a client asked, as little as its format allows. */
const ASKED: Readonly<Record<Endpoint, string>> = {
  chat: '{"model":"m","messages":[{"role":"user","content":"x"}],"stream":true,"stream_options":{"include_usage":true}}',
  responses: '{"model":"m","input":"x","stream":true}',
  messages: '{"model":"m","max_tokens":100,"messages":[{"role":"user","content":"x"}],"stream":true}',
};

export const inputOf = ({ from, to }: Converter): AnswerInput =>
  ({ asked: ASKED[from], model: 'the-model', id: 'abcdefgh12345678', createdAt: 1_760_000_000, rules: RULES[to] });

export function checkBody(converter: Converter, text: string): Verdict {
  const { body, warnings } = converter.response({ ...inputOf(converter), text });
  return verdictOf([
    ...answerJudges[converter.from](parseJson(body)).map((problem) => `judge: ${problem}`),
    ...said(converter, { source: text, facts: readers[converter.to].answer(text), made: readers[converter.from].answer(body), warnings }),
  ]);
}

interface Made {
  /** The provider's body. */
  readonly source: string;
  readonly facts: readonly Fact[];
  readonly made: readonly Fact[];
  readonly warnings: readonly { readonly path: string; readonly reason: string }[];
}

function said({ from }: Converter, { source, facts, made, warnings }: Made): readonly string[] {
  const all = answerDifferences(facts, made, from);
  const body = parseJson(source);
  const isLost = (fact: Fact) => all.some(({ path }) => path !== '' && isRelated(path, fact.path));
  return [
    ...unwarned(all, warnings).map(({ path, what }) => `${what}${path === '' ? '' : ` (${path})`}`),
    ...warnings.flatMap(({ path }) => {
      if (valueAt(body, path) === undefined) return [`a warning about ${path}, which is not there`];
      const about = facts.filter((fact) => isInside(fact.path, path));
      return about.length > 0 && !about.some(isLost) ? [`a warning about ${path}, which has arrived`] : [];
    }),
  ];
}

/** The stream that a client gets, and what the converter said of it. */
export function streamed(converter: Converter, bytes: Buffer, cut: Cut = 'whole') {
  const stream = converter.stream(inputOf(converter));
  const sent = providerEvents(converter.to, bytes, cut).flatMap((event) => [...stream.step(event)]);
  const rest = stream.end();
  return { bytes: Buffer.from([...sent, ...rest].join('')), warnings: stream.warnings(), remembered: stream.remembered() };
}

export async function checkStream(converter: Converter, bytes: Buffer): Promise<Verdict> {
  const { from, to } = converter;
  const made = streamed(converter, bytes);
  const facts = readers[to].stream(bytes);
  const failed = facts.some(({ kind }) => kind === 'error');
  const arrived = readers[from].stream(made.bytes);
  const source = readers[to].whole(bytes);
  return verdictOf([
    ...orderProblems(from, made.bytes).map((problem) => `order: ${problem}`),
    ...(failed ? failureProblems(arrived) : said(converter, { source, facts, made: arrived, warnings: made.warnings })),
    ...(await officialProblems(converter, made.bytes, { facts, failed })),
    ...(failed ? [] : commutationProblems(converter, source, arrived)),
    ...cutsOf(to, bytes).filter((cut) => !streamed(converter, bytes, cut).bytes.equals(made.bytes)).map((cut) => `cut ${cut}: not the same`),
  ]);
}

/** An error, and no end after it. */
const failureProblems = (arrived: readonly Fact[]): readonly string[] => [
  ...(arrived.some(({ kind }) => kind === 'error') ? [] : ['the error did not arrive']),
  ...(arrived.some((fact) => fact.kind === 'finish' && fact.reason !== 'none') ? ['a finish after an error'] : []),
];

async function officialProblems({ from }: Converter, bytes: Buffer, { facts, failed }: { readonly facts: readonly Fact[]; readonly failed: boolean }): Promise<readonly string[]> {
  let final: string;
  try {
    final = await officialFinal(from, bytes);
  } catch (error) {
    return failed ? [] : [`SDK: ${error instanceof Error ? error.message : String(error)}`];
  }
  if (failed) return ['SDK: did not notice the error'];
  // Of a member that it does not know the helper keeps the last piece alone: thoughts are judged without it.
  const spoken = (all: readonly Fact[]) => all.filter(({ kind }) => ['text', 'refusal', 'call', 'finish', 'usage', 'model'].includes(kind));
  return answerDifferences(spoken(facts), spoken(readers[from].answer(final)), from).map(({ what }) => `SDK: ${what}`);
}

/** Converting each event is the same as converting what they add up to. */
function commutationProblems(converter: Converter, source: string, arrived: readonly Fact[]): readonly string[] {
  const { body } = converter.response({ ...inputOf(converter), text: source });
  return answerDifferences(readers[converter.from].answer(body), arrived, converter.from).map(({ what }) => `streamed and whole differ: ${what}`);
}
