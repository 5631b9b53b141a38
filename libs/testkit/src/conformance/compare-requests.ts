/** Do two requests say the same? What differs is named; what may differ without a word is a closed list, here. */
import { createHash } from 'node:crypto';
import type { Warning } from '@sluice/wire';
import { isContent, type Content, type Fact } from '../facts/fact.ts';
import type { Format } from '../judges/judges.ts';
import { isRelated } from './paths.ts';
import { reasoningDifference } from './compare-reasoning.ts';

export interface Difference {
  /** Where in the source, or `''` for what only the target says. */
  readonly path: string;
  readonly what: string;
  /** It may be lost without a word; with one is right as well. */
  readonly permitted?: true;
}

export interface Side {
  readonly format: Format;
  readonly facts: readonly Fact[];
}

/** Everything that was said and did not arrive, and everything that arrived and was not said. */
export function differences(source: Side, target: Side): readonly Difference[] {
  return [...contentDifferences(source, target), ...besideDifferences(source.facts, target.facts), ...reasoningDifference(source.facts, target.facts)];
}

/** Of what is said alone: settings, tools and small print aside. */
export function contentDifferences(source: Side, target: Side): readonly Difference[] {
  const ordered = [source, target].some(({ format }) => format === 'chat') ? chatOrder : (facts: readonly Numbered[]) => facts;
  const said = ordered(numbered(source.facts));
  const arrived = [...ordered(numbered(target.facts))];
  const missing: Difference[] = [];
  let from = 0;
  for (const one of said) {
    const at = arrived.findIndex(({ key }, index) => index >= from && key === one.key);
    if (at >= 0) {
      arrived.splice(at, 1);
      from = at;
    } else if (!hasMoved(one, arrived)) missing.push({ path: one.path, what: `missing: ${one.key}` });
  }
  return [...missing, ...arrived.filter((one) => !isLabel(one, said)).map(({ key }) => ({ path: '', what: `added: ${key}` }))];
}

interface Numbered {
  readonly path: string;
  /** What is compared: the fact with its id replaced by the position of its call. */
  readonly key: string;
  readonly fact: Fact & Content;
  /** Of a result's part: the id of the call it answers. */
  readonly answers: string;
}

/** Calls are counted; a result has the number of the call that it answers. */
function numbered(facts: readonly Fact[]): readonly Numbered[] {
  const calls: { readonly id: string; readonly name: string; open: boolean }[] = [];
  let answers = '';
  return facts.filter(isContent).map((fact) => {
    if (fact.kind === 'call') calls.push({ id: fact.id, name: fact.name, open: true });
    const number = fact.kind === 'result' ? answered(calls, fact) : calls.length - 1;
    if (fact.kind === 'result') answers = fact.id;
    return { path: fact.path, fact, answers, key: keyOf(fact, number) };
  });
}

function answered(calls: { readonly id: string; readonly name: string; open: boolean }[], result: Extract<Content, { kind: 'result' }>): number {
  const isIt = (call: { readonly id: string; readonly name: string }) =>
    (result.id !== '' ? call.id === result.id : result.name === undefined || call.name === result.name);
  const open = calls.findIndex((call) => call.open && isIt(call));
  const at = open >= 0 ? open : calls.findLastIndex(isIt);
  const call = calls[at];
  if (call) call.open = false;
  return at;
}

const SHOWN = 90;
const shown = (text: string): string => (text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}… (${sha256(text)})`);
const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex').slice(0, 16);

export function keyOf(fact: Content, number: number): string {
  switch (fact.kind) {
    case 'text': return `${fact.role} text ${shown(JSON.stringify(fact.text))}`;
    case 'media': return `${fact.role} media ${mediaKey(fact)}`;
    case 'call': return `call ${number} ${fact.name} ${shown(fact.arguments)}`;
    case 'result': return `result of call ${number}${fact.error ? ' (an error)' : ''}`;
    case 'thinking': return `thinking ${shown(JSON.stringify(fact.text))}`;
    case 'replay': return `replay ${fact.family} ${shown(fact.value)}`;
    case 'refusal': return `refusal ${shown(JSON.stringify(fact.text))}`;
    case 'foreign': return `${fact.role} ${fact.type} ${shown(fact.raw)}`;
    default: return fact satisfies never;
  }
}

/** Content by its bytes, whether they stand as base64 or as text; what is pointed to by its address. */
function mediaKey({ type, source }: Extract<Content, { kind: 'media' }>): string {
  if (source.base64 !== undefined) return `${type} ${sha256(Buffer.from(source.base64, 'base64'))}`;
  if (source.text !== undefined) return `text/plain ${sha256(Buffer.from(source.text))}`;
  return source.url ?? source.file ?? '';
}

/** In a turn of the assistant Chat has one order: thoughts, text, calls. */
function chatOrder(facts: readonly Numbered[]): readonly Numbered[] {
  const turnOf = new Map<Numbered, number>();
  let turn = 0;
  let before = false;
  for (const one of facts) {
    const assistants = isAssistants(one.fact);
    if (assistants !== before) turn += 1;
    before = assistants;
    turnOf.set(one, turn);
  }
  return facts.toSorted((a, b) => (turnOf.get(a) ?? 0) - (turnOf.get(b) ?? 0) || rankOf(a.fact) - rankOf(b.fact));
}

const isAssistants = (fact: Content): boolean => (fact.kind === 'result' ? false : 'role' in fact ? fact.role === 'assistant' : true);

const rankOf = (fact: Content): number => {
  if (!isAssistants(fact)) return 0;
  return fact.kind === 'thinking' || fact.kind === 'replay' ? 1 : fact.kind === 'call' ? 3 : 2;
};

/** Media of a result may stand in the next turn of the user, behind a text that names the call. */
function hasMoved({ fact }: Numbered, arrived: Numbered[]): boolean {
  if (fact.kind !== 'media' || fact.role !== 'result') return false;
  const key = keyOf({ ...fact, role: 'user' }, 0);
  const at = arrived.findIndex((one) => one.key === key);
  if (at < 1 || arrived[at - 1]?.fact.kind !== 'text') return false;
  arrived.splice(at, 1);
  return true;
}

/** The text that names the call of media that have moved. */
const isLabel = ({ fact }: Numbered, said: readonly Numbered[]): boolean =>
  fact.kind === 'text' && fact.role === 'user' && said.some((one) => one.fact.kind === 'media' && one.fact.role === 'result' && one.answers !== '' && fact.text.includes(one.answers));

/** Settings that may be lost: they say what is so anyway, or are a label that the target has no place for. */
const MAY_BE_LOST: readonly RegExp[] = [/^setting parallel true/, /^setting tool_choice "auto"/, /^setting format\.(name|strict) /, /^setting reasoning\.replay /, /^detail tool strict false/];
/** Defaults that a target demands. */
const MAY_BE_ADDED: readonly RegExp[] = [
  /^setting max_tokens /, /^setting parallel true/, /^setting tool_choice "auto"/, /^setting format\.(name|strict) /, /^setting store false/,
  /^setting reasoning\.(replay|shown|summary) /, /^detail tool strict false/, /^detail media filename /, /^detail media detail "auto"/,
];

/** Tools in their order; settings, small print and cache marks in any. */
function besideDifferences(source: readonly Fact[], target: readonly Fact[]): readonly Difference[] {
  const said = source.flatMap(besideOf);
  const arrived = [...target.flatMap(besideOf)];
  const missing = said.filter(({ key }) => {
    const at = arrived.findIndex((one) => one.key === key);
    if (at >= 0) arrived.splice(at, 1);
    return at < 0;
  });
  // A value that changed is one difference: that it is missing.
  const changed = (key: string): boolean => missing.some((one) => nameIn(one.key) === nameIn(key));
  const added = arrived.filter(({ key }) => !MAY_BE_ADDED.some((rule) => rule.test(key)) && !changed(key));
  const lost = missing.map(({ path, key }): Difference =>
    ({ path, what: `missing: ${shown(key)}`, ...(MAY_BE_LOST.some((rule) => rule.test(key)) ? { permitted: true } : {}) }));
  return [...lost, ...added.map(({ key }) => ({ path: '', what: `added: ${shown(key)}` }))];
}

const nameIn = (key: string): string => key.split(' ').slice(0, 2).join(' ');

/** A document's name, as each format calls it; Converse takes it without its ending, and takes few characters. */
const isFileName = ({ of, name }: { readonly of: string; readonly name: string }): boolean => of === 'media' && ['filename', 'title', 'name'].includes(name);
const plainName = (value: string): string => value.replace(/\.[A-Za-z0-9]+"$/, '').replace(/[^A-Za-z0-9]+/g, ' ').trim();

/** A tool that takes nothing may say so in two ways. */
const schemaKey = (schema: string): string => (/^\{("properties":\{\},?)?("type":"object")?\}$/.test(schema) ? '{}' : schema);

function besideOf(fact: Fact): readonly { readonly path: string; readonly key: string }[] {
  const { path } = fact;
  switch (fact.kind) {
    case 'tool': return [{ path, key: `tool ${fact.name} ${JSON.stringify(fact.description)} ${schemaKey(fact.schema)}` }];
    case 'setting': return /^reasoning\.(on|effort|budget)$/.test(fact.name) ? [] : [{ path, key: `setting ${fact.name} ${fact.value}` }];
    case 'detail': return [{ path, key: isFileName(fact) ? `detail media filename ${plainName(fact.value)}` : `detail ${fact.of} ${fact.name} ${fact.value}` }];
    case 'cache': return [{ path, key: `cache behind ${fact.behind} ${fact.ttl}` }];
    default: return [];
  }
}

/** What is left of the differences when each that a warning names is taken away; what was added goes with what it replaced. */
export function unwarned(found: readonly Difference[], warnings: readonly Warning[]): readonly Difference[] {
  const isWarned = ({ path }: Difference): boolean => path !== '' && warnings.some((warning) => isRelated(warning.path, path));
  const told = found.filter(isWarned);
  return found.filter((one) => one.permitted !== true && !isWarned(one) && !(one.path === '' && told.some((other) => isReplaced(other.what, one.what))));
}

/** Said in another role, or in other words, where a warning has told so. */
const isReplaced = (missing: string, added: string): boolean => {
  const bare = (what: string) => what.replace(/^(missing|added): (system|user|assistant|result) /, '');
  return bare(missing) === bare(added) || nameIn(bare(missing).replace('missing: ', '')) === nameIn(bare(added).replace('added: ', ''));
};
