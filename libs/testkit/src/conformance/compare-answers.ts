/** Does an answer that was made say what the provider's answer says? */
import type { Fact, Finish } from '../facts/fact.ts';
import type { Endpoint } from '../judges/judges.ts';
import { keyOf, type Difference } from './compare-requests.ts';

type Usage = Extract<Fact, { kind: 'usage' }>;

/** Text, thoughts and refusal as whole texts, calls in their order, all else as a set; each choice for itself. */
export function answerDifferences(source: readonly Fact[], made: readonly Fact[], endpoint: Endpoint): readonly Difference[] {
  const [said, arrived] = [choicesOf(source), choicesOf(made)];
  const count = said.length === arrived.length ? [] : [{ path: said[1]?.[0]?.path ?? '', what: `missing: ${said.length} choices, arrived ${arrived.length}` }];
  return [
    ...count,
    ...said.flatMap((choice, index) => choiceDifferences(choice, arrived[index] ?? [], endpoint)),
    ...usageDifferences(source, made, endpoint),
    ...modelDifferences(source, made),
  ];
}

function choicesOf(facts: readonly Fact[]): readonly (readonly Fact[])[] {
  const choices: Fact[][] = [[]];
  for (const fact of facts) {
    if (fact.kind === 'choice') choices.push([]);
    else if (fact.kind !== 'usage' && fact.kind !== 'model') choices.at(-1)?.push(fact);
  }
  return choices;
}

function choiceDifferences(said: readonly Fact[], arrived: readonly Fact[], endpoint: Endpoint): readonly Difference[] {
  return [
    ...wholeTexts(said, arrived),
    ...inOrder(callsIn(said), callsIn(arrived)),
    ...asSets(said, arrived),
    ...finishDifferences(said, arrived, endpoint),
  ];
}

type Texts = 'text' | 'thinking' | 'refusal';

/** What stands between pieces of thought is nobody's: summaries are set apart by empty lines. */
const textIn = (facts: readonly Fact[], kind: Texts): string => {
  const whole = facts.map((fact) => (fact.kind === kind && 'text' in fact ? fact.text : '')).join('');
  return kind === 'thinking' ? whole.replace(/\s+/g, '') : whole;
};

function wholeTexts(said: readonly Fact[], arrived: readonly Fact[]): readonly Difference[] {
  return (['text', 'thinking', 'refusal'] as const).flatMap((kind) => {
    const [before, after] = [textIn(said, kind), textIn(arrived, kind)];
    if (before === after) return [];
    const path = said.find((fact) => fact.kind === kind)?.path ?? '';
    return [{ path, what: `${before === '' ? 'added' : 'missing'}: ${kind} of ${before.length} characters, arrived ${after.length}` }];
  });
}

interface Keyed {
  readonly path: string;
  readonly key: string;
}

const callsIn = (facts: readonly Fact[]): readonly Keyed[] =>
  facts.flatMap((fact) => (fact.kind === 'call' ? [{ path: fact.path, key: keyOf(fact, 0) }] : []));

function inOrder(said: readonly Keyed[], arrived: readonly Keyed[]): readonly Difference[] {
  const missing = said.flatMap(({ path, key }, index) => (arrived[index]?.key === key ? [] : [{ path, what: `missing: ${key}` }]));
  return [...missing, ...arrived.slice(said.length).map(({ key }) => ({ path: '', what: `added: ${key}` }))];
}

/** Replay values whoever's name they carry, citations, probabilities, media, and what one format alone has. */
function setIn(facts: readonly Fact[]): readonly Keyed[] {
  return facts.flatMap((fact): readonly Keyed[] => {
    const { path } = fact;
    switch (fact.kind) {
      case 'replay': return [{ path, key: `replay ${fact.value.slice(0, 60)}` }];
      case 'citation': return fact.url === '' ? [{ path, key: `citation of a document ${path}` }] : [{ path, key: `citation ${fact.url} ${fact.end ?? ''}` }];
      // Providers round them differently in a stream and in its end.
      case 'logprob': return [{ path, key: `logprob ${fact.token} ${Math.abs(fact.logprob).toFixed(3)}` }];
      case 'media':
      case 'foreign':
        return [{ path, key: keyOf(fact, 0) }];
      case 'detail': return [{ path, key: `detail ${fact.of} ${fact.name}` }];
      default: return [];
    }
  });
}

function asSets(said: readonly Fact[], arrived: readonly Fact[]): readonly Difference[] {
  const rest = [...setIn(arrived)];
  const missing = setIn(said).filter(({ key }) => {
    const at = rest.findIndex((one) => one.key === key);
    if (at >= 0) rest.splice(at, 1);
    return at < 0;
  });
  return [
    ...missing.map(({ path, key }) => ({ path, what: `missing: ${key}` })),
    ...rest.filter(({ key }) => !key.startsWith('detail ')).map(({ key }) => ({ path: '', what: `added: ${key}` })),
  ];
}

/** The closed table: what may be said for a reason that the endpoint has no word for. */
const MAY_BECOME: Readonly<Record<Finish, readonly Finish[]>> = {
  stop: ['stop'], length: ['length'], tool_calls: ['tool_calls'], content_filter: ['content_filter'], pause: ['pause', 'stop'],
  malformed: ['malformed', 'stop', 'content_filter'], none: ['none', 'stop', 'length', 'content_filter'],
};

function finishDifferences(said: readonly Fact[], arrived: readonly Fact[], endpoint: Endpoint): readonly Difference[] {
  const finish = (facts: readonly Fact[]) => facts.find((fact) => fact.kind === 'finish');
  const [before, after] = [finish(said), finish(arrived)];
  if (before === undefined || said.some(({ kind }) => kind === 'error')) return [];
  if (after === undefined) return [{ path: '', what: 'added: no finish' }];
  const hasCalls = said.some(({ kind }) => kind === 'call');
  const refused = endpoint === 'messages' && said.some(({ kind }) => kind === 'refusal');
  const allowed: readonly Finish[] = hasCalls && before.reason !== 'length' ? ['tool_calls'] : [...MAY_BECOME[before.reason], ...(refused ? ['content_filter' as const] : [])];
  if (allowed.includes(after.reason)) return [];
  // Never excused by a warning: the reason is what a client acts on.
  return [{ path: '', what: `added: finish ${after.reason} for ${before.reason}${hasCalls ? ' with calls' : ''}` }];
}

const COUNTS = ['input', 'output', 'cacheRead', 'cacheWrite', 'reasoning'] as const;
/** Where the endpoint's type demands a number, one that is not known is 0. */
const DEMANDED: Readonly<Record<Endpoint, readonly (keyof Usage)[]>> = { chat: [], messages: [], responses: ['cacheRead', 'cacheWrite', 'reasoning'] };

function usageDifferences(source: readonly Fact[], made: readonly Fact[], endpoint: Endpoint): readonly Difference[] {
  const find = (facts: readonly Fact[]) => facts.find((fact) => fact.kind === 'usage');
  const [said, arrived] = [find(source), find(made)];
  if (said === undefined) return [];
  return COUNTS.flatMap((count): readonly Difference[] => {
    const [before, after] = [said[count], arrived?.[count]];
    if (before === after || (before === undefined && after === 0 && DEMANDED[endpoint].includes(count))) return [];
    return [{ path: '', what: `added: usage ${count} ${after ?? 'nothing'} for ${before ?? 'nothing'}` }];
  });
}

function modelDifferences(source: readonly Fact[], made: readonly Fact[]): readonly Difference[] {
  const find = (facts: readonly Fact[]) => facts.find((fact) => fact.kind === 'model');
  const [said, arrived] = [find(source), find(made)];
  if (arrived === undefined) return [{ path: '', what: 'added: no model' }];
  return said === undefined || said.model === arrived.model ? [] : [{ path: '', what: `added: model ${arrived.model} for ${said.model}` }];
}
