/**
 * L: tool loops that were recorded whole, played again by clients of other formats. What a client's SDK got is sent back
 * unchanged with the recorded results, and the converted request must say what the recorded one says.
 */
import type { Remembered } from '@sluice/wire';
import { isContent, type Fact } from '../facts/fact.ts';
import { listIn, objectIn, parseJson, written, type JsonObject } from '../facts/json.ts';
import { readers } from '../facts/read.ts';
import { requestJudges, type Endpoint, type Format } from '../judges/judges.ts';
import type { Exchange } from '../recordings/exchange.ts';
import { say } from '../say/say.ts';
import { inputOf, streamed } from './check-answer.ts';
import { contentDifferences } from './compare-requests.ts';
import { nameOf, RULES, type Converter } from './converters.ts';
import { grammarProblems } from './grammar.ts';
import { officialFinal } from './official.ts';
import { turnsOfLoops, type Turn } from './loop-turns.ts';
import { fail, verdictOf, type Line, type Verdict } from './verdict.ts';

/** `keeps`: everything comes back. `drops`: only what the format documents does. `moves`: the next turn goes to another provider. */
const CLIENTS = ['keeps', 'drops', 'moves'] as const;
type Client = (typeof CLIENTS)[number];

export async function loopLines(exchanges: readonly Exchange[], converters: readonly Converter[]): Promise<readonly Line[]> {
  const lines: Line[] = [];
  for (const turn of turnsOfLoops(exchanges)) {
    for (const converter of converters.filter(({ to }) => to === turn.format)) {
      for (const client of CLIENTS) {
        const other = client === 'moves' ? converters.find(({ from, to }) => from === converter.from && to !== converter.to) : converter;
        if (other === undefined) continue;
        const verdict = await played(turn, { converter, next: other, client }).catch((problem: unknown) => fail(`threw ${String(problem)}`));
        lines.push({ file: turn.next.id, provider: turn.next.provider, check: 'L', target: `${nameOf(converter)}, ${client}`, verdict });
      }
    }
  }
  return lines;
}

interface Play {
  readonly converter: Converter;
  /** Where the second request goes. */
  readonly next: Converter;
  readonly client: Client;
}

async function played(turn: Turn, { converter, next, client }: Play): Promise<Verdict> {
  const { from } = converter;
  const { final, remembered } = await answered(converter, turn.answer);
  const asked = objectIn(parseJson(say[from](turn.asked, 'm')));
  const own = client === 'drops' ? documented(from, final) : messageIn(from, final);
  const results = objectIn(parseJson(say[from](withIdsOf(turn, callIdsIn(from, final)), 'm')));
  const list = from === 'responses' ? 'input' : 'messages';
  const text = written({ ...asked, [list]: [...listIn(asked[list]), ...own, ...listIn(results[list])] });
  const memory = new Map(remembered.map((one) => [one.callId, one]));
  const sent = next.request({ text, model: 'm', onUnsupported: 'refuse', memory, rules: RULES[next.to] });
  if (sent.kind === 'refused') return fail(`refused ${sent.path} (${sent.reason})`);
  const arrived = readers[next.to].request(sent.body);
  return verdictOf([
    ...requestJudges[next.to](parseJson(sent.body)).map((problem) => `judge: ${problem}`),
    ...grammarProblems(next.to, parseJson(sent.body), arrived).map((problem) => `grammar: ${problem}`),
    ...(client === 'moves' ? movedProblems(turn, next.to, arrived) : spokenProblems(turn, next.to, arrived)),
  ]);
}

/** What the client's SDK has in hand, and what was kept of the answer. */
async function answered(converter: Converter, { stream, body }: Turn['answer']): Promise<{ readonly final: JsonObject; readonly remembered: readonly Remembered[] }> {
  if (!stream) {
    const answer = converter.response({ ...inputOf(converter), text: body.toString('utf8') });
    return { final: objectIn(parseJson(answer.body)), remembered: answer.remembered };
  }
  const sent = streamed(converter, body);
  return { final: objectIn(parseJson(await officialFinal(converter.from, sent.bytes))), remembered: sent.remembered };
}

/** What goes back into the conversation: a message, or the items of the output. */
function messageIn(from: Endpoint, final: JsonObject): readonly unknown[] {
  switch (from) {
    case 'chat': return [objectIn(objectIn(listIn(final['choices'])[0])['message'])];
    case 'messages': return [{ role: 'assistant', content: final['content'] }];
    case 'responses': return listIn(final['output']);
    default: return from satisfies never;
  }
}

/** The same through a client that drops what it does not know: thoughts, signatures, extensions. */
function documented(from: Endpoint, final: JsonObject): readonly unknown[] {
  const only = (value: unknown, names: readonly string[]) => Object.fromEntries(Object.entries(objectIn(value)).filter(([name]) => names.includes(name)));
  return messageIn(from, final).flatMap((item): readonly unknown[] => {
    if (from === 'chat') {
      const message = only(item, ['role', 'content', 'tool_calls']);
      const calls = listIn(message['tool_calls']).map((call) => only(call, ['id', 'type', 'function']));
      return [{ ...message, ...(calls.length > 0 ? { tool_calls: calls } : {}) }];
    }
    if (from === 'responses') return objectIn(item)['type'] === 'reasoning' ? [] : [item];
    const content = listIn(objectIn(item)['content']).filter((block) => ['text', 'tool_use'].includes(String(objectIn(block)['type'])));
    return [{ role: 'assistant', content }];
  });
}

const callIdsIn = (from: Endpoint, final: JsonObject): readonly string[] =>
  readers[from].answer(written(final)).flatMap((fact) => (fact.kind === 'call' ? [fact.id] : []));

/** The recorded results, with the ids that this client knows their calls by. */
function withIdsOf({ calls, results }: Turn, ids: readonly string[]): readonly Fact[] {
  let given = 0;
  return results.map((fact) => {
    if (fact.kind !== 'result') return fact;
    const at = fact.id === '' ? given : calls.findIndex((id) => id === fact.id);
    given += 1;
    return { ...fact, id: ids[at] ?? fact.id };
  });
}

const isThought = ({ kind }: Fact): boolean => kind === 'thinking' || kind === 'replay';

/** Said as recorded. Thoughts must come back where the recorded client gave them back; more of them than it gave is no fault. */
function spokenProblems({ recorded, format }: Turn, to: Format, arrived: readonly Fact[]): readonly string[] {
  const replayed = (facts: readonly Fact[]) => facts.flatMap((fact) => (fact.kind === 'replay' ? [fact.value] : []));
  const back = replayed(arrived);
  const words = (facts: readonly Fact[]) => facts.filter((fact) => isContent(fact) && !isThought(fact));
  return [
    ...contentDifferences({ format, facts: words(recorded) }, { format: to, facts: words(arrived) }).map(({ what }) => what),
    ...replayed(recorded).filter((value) => !back.includes(value)).map((value) => `missing: replay ${value.slice(0, 40)}`),
  ];
}

/** With another provider everything but the thoughts is said; a signature never goes to another family. */
function movedProblems({ recorded, format }: Turn, to: Format, arrived: readonly Fact[]): readonly string[] {
  const words = (facts: readonly Fact[]) => facts.filter((fact) => isContent(fact) && !isThought(fact));
  const values = recorded.flatMap((fact) => (fact.kind === 'replay' ? [fact.value] : []));
  const leaked = arrived.filter((fact) => fact.kind === 'replay' && values.includes(fact.value));
  return [
    ...contentDifferences({ format, facts: words(recorded) }, { format: to, facts: words(arrived) }).map(({ what }) => what),
    ...leaked.map(() => 'a signature went to another family'),
  ];
}

