/**
 * What a request in a provider's own format has changed because the model wants it so: members renamed or left out, instructions in
 * another role, an effort that it knows, thoughts of others. Every other byte stays.
 */
import { get, pathOf, readJson, stringOf, type JsonNode } from '../leaf/json-node.ts';
import { members, removeMembers } from '../leaf/json-text.ts';
import type { Warning } from '../leaf/notes.ts';
import { withoutForeignThoughts, type TakenThoughts } from './foreign-thoughts.ts';
import { legalIds, type TakenIds } from './legal-ids.ts';

export interface Edits {
  /** From → to; where both are there, the new name stands. */
  readonly rename: Readonly<Record<string, string>>;
  /** Left out, with a warning. */
  readonly omit: readonly string[];
  /** The role in which instructions are taken; null: as they come. */
  readonly systemRole: string | null;
  /** The efforts that are known, lowest first; empty: any. */
  readonly efforts: readonly string[];
  readonly thoughts: TakenThoughts;
  readonly callIds: TakenIds;
}

export interface Edited {
  readonly body: Buffer;
  readonly warnings: readonly Warning[];
}

/** Throws `JsonTextError` on what is no object. */
export function edited(body: Buffer, edits: Edits): Edited {
  const warnings: Warning[] = [];
  let text = body;
  for (const [from, to] of Object.entries(edits.rename)) text = renamed(text, from, to);
  for (const name of edits.omit) {
    const level = members(text);
    const found = level.findLast(({ key }) => key === name);
    if (!found) continue;
    if (text.toString('latin1', found.valueStart, found.valueEnd) !== 'null') warnings.push({ path: name, reason: 'left out: this model does not take it' });
    text = removeMembers(text, level, name);
  }
  const spans = spansOf(text, edits, warnings);
  const own = withoutForeignThoughts(spans.length > 0 ? spliced(text.toString(), spans) : text, edits.thoughts);
  return { body: own.body, warnings: [...warnings, ...own.warnings] };
}

function renamed(text: Buffer, from: string, to: string): Buffer {
  const level = members(text);
  if (level.some(({ key }) => key === to)) return removeMembers(text, level, from);
  const member = level.findLast(({ key }) => key === from);
  if (!member) return text;
  return Buffer.concat([text.subarray(0, member.keyStart), Buffer.from(`${JSON.stringify(to)}:`), text.subarray(member.valueStart)]);
}

interface Span {
  readonly node: JsonNode;
  readonly value: string;
}

function spansOf(text: Buffer, { systemRole, efforts, callIds }: Edits, warnings: Warning[]): readonly Span[] {
  if (systemRole === null && efforts.length === 0 && callIds === 'any') return [];
  const root = readJson(text.toString());
  const roles = systemRole === null ? [] : (get(root, 'messages')?.items ?? []).flatMap((message) => {
    const role = get(message, 'role');
    return role && role.value !== systemRole && INSTRUCTING.has(stringOf(role) ?? '') ? [{ node: role, value: systemRole }] : [];
  });
  const effort = get(root, 'reasoning_effort');
  const known = effort && efforts.length > 0 ? nearest(stringOf(effort) ?? '', efforts) : undefined;
  const spans = [...roles, ...legalIds(root, callIds)];
  if (!effort || known === undefined || known === effort.value) return spans;
  warnings.push({ path: pathOf(effort), reason: `said as ${known}, which this model knows` });
  return [...spans, { node: effort, value: known }];
}

const INSTRUCTING = new Set(['system', 'developer']);
const SCALE = ['none', 'minimal', 'low', 'medium', 'high', 'xhigh', 'max'];

/** The known effort that is closest on the scale, the higher of two. A word that is on no scale stays. */
function nearest(word: string, known: readonly string[]): string | undefined {
  const wanted = SCALE.indexOf(word);
  if (wanted < 0 || known.includes(word)) return undefined;
  const distance = (effort: string): number => Math.abs(SCALE.indexOf(effort) - wanted);
  return known.reduce<string | undefined>((best, effort) => (best === undefined || distance(effort) <= distance(best) ? effort : best), undefined);
}

function spliced(text: string, spans: readonly Span[]): Buffer {
  const ordered = [...spans].sort((a, b) => a.node.start - b.node.start);
  let done = 0;
  const parts = ordered.map(({ node, value }) => {
    const part = text.slice(done, node.start) + JSON.stringify(value);
    done = node.end;
    return part;
  });
  return Buffer.from(parts.join('') + text.slice(done));
}
