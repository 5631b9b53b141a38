/** C2 and C3: a client's request in another format, or a refusal that must be true. */
import type { ConvertedRequest, Refused } from '@sluice/wire';
import type { Fact } from '../facts/fact.ts';
import { parseJson } from '../facts/json.ts';
import { readers } from '../facts/read.ts';
import { requestJudges } from '../judges/judges.ts';
import { CANNOT, isFloor, type Cannot } from './cannot.ts';
import { differences, unwarned } from './compare-requests.ts';
import { RULES, type Converter } from './converters.ts';
import { grammarProblems } from './grammar.ts';
import { isInside, isRelated, valueAt, without } from './paths.ts';
import { verdictOf, type Verdict } from './verdict.ts';

const MODEL = 'the-model';

/** A recording of the target's wire, answered with 200, that has one of these facts' features after all. */
export type Seen = (row: Cannot, facts: readonly Fact[]) => string | undefined;

export function checkRequest(converter: Converter, text: string, seen: Seen): Verdict {
  const answer = converted(converter, text, 'refuse');
  if (answer.kind === 'converted') return verdictOf(requestProblems(converter, text, answer));
  const problems = refusalProblems(converter, text, { ...answer, seen });
  return problems.length > 0 ? verdictOf(problems) : { kind: 'refused', path: answer.path, reason: answer.reason };
}

const converted = (converter: Converter, text: string, onUnsupported: 'refuse' | 'drop'): ConvertedRequest | Refused =>
  converter.request({ text, model: MODEL, onUnsupported, memory: new Map(), rules: RULES[converter.to] });

/** Everything that is wrong with a conversion. */
function requestProblems({ from, to }: Converter, text: string, { body, warnings }: ConvertedRequest): readonly string[] {
  const parsed = parseJson(body);
  const said = readers[from].request(text);
  const arrived = readers[to].request(body);
  const all = differences({ format: from, facts: said }, { format: to, facts: arrived });
  const source = parseJson(text);
  return [
    ...requestJudges[to](parsed).map((problem) => `judge: ${problem}`),
    ...grammarProblems(to, parsed, arrived).map((problem) => `grammar: ${problem}`),
    ...unwarned(all, warnings).map(({ path, what }) => `${what}${path === '' ? '' : ` (${path})`}`),
    ...warnings.flatMap(({ path }) => warningProblems(path, { source, said, lost: all.map((one) => one.path) })),
  ];
}

interface Told {
  readonly source: unknown;
  readonly said: readonly Fact[];
  /** Paths of the facts that did not arrive. */
  readonly lost: readonly string[];
}

/** A warning must be about something that is there, and that was lost or changed. */
function warningProblems(path: string, { source, said, lost }: Told): readonly string[] {
  if (valueAt(source, path) === undefined) return [`a warning about ${path}, which is not there`];
  const about = said.filter((fact) => isInside(fact.path, path));
  const isLost = (fact: Fact) => lost.some((one) => one !== '' && isRelated(one, fact.path));
  return about.length > 0 && !about.some(isLost) ? [`a warning about ${path}, which has arrived`] : [];
}

const MOST_REFUSALS = 20;

function refusalProblems(converter: Converter, text: string, { path, reason, seen }: Refused & { readonly seen: Seen }): readonly string[] {
  const facts = readers[converter.from].request(text).filter((fact) => isRelated(fact.path, path));
  const row = CANNOT.find(({ target, holds }) => target === converter.to && facts.some(holds));
  const where = `refused ${path} (${reason})`;
  if (row === undefined) return [`${where}: no row says that ${converter.to} cannot`];
  const held = facts.filter(row.holds);
  const source = parseJson(text);
  return [
    ...(valueAt(source, path) === undefined ? [`${where}: nothing is there`] : []),
    ...(held.every((fact) => isFloor(fact, converter.to)) ? [`${where}: this is never refused`] : []),
    ...[seen(row, held)].flatMap((id) => (id === undefined ? [] : [`${where}: ${id} has ${row.feature} and was answered`])),
    ...remedyProblems(converter, text, where),
    ...dropProblems(converter, text, path),
  ];
}

/** Without what was refused it must convert, whatever else has to go for its own reason. */
function remedyProblems(converter: Converter, text: string, where: string): readonly string[] {
  let rest = text;
  for (let count = 0; count < MOST_REFUSALS; count++) {
    const answer = converted(converter, rest, 'refuse');
    if (answer.kind === 'converted') return [];
    const less = JSON.stringify(without(JSON.parse(rest), answer.path));
    if (less === JSON.stringify(JSON.parse(rest))) return [`${where}: cannot be removed`];
    rest = less;
  }
  return [`${where}: is refused without it as well`];
}

function dropProblems(converter: Converter, text: string, path: string): readonly string[] {
  const answer = converted(converter, text, 'drop');
  if (answer.kind === 'refused') return [`refused ${path}, with drop as well`];
  const named = answer.warnings.some((warning) => isRelated(warning.path, path)) ? [] : [`dropped ${path} without naming it`];
  return [...named, ...requestProblems(converter, text, answer).map((problem) => `dropped: ${problem}`)];
}
