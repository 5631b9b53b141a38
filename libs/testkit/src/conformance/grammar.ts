/** What a target demands of a conversation beyond its schema. */
import type { Fact } from '../facts/fact.ts';
import { isObject, listIn, objectIn, stringIn, type JsonObject } from '../facts/json.ts';
import type { Format } from '../judges/judges.ts';

/** Ids of calls, where the target is particular. */
const LEGAL_ID: Readonly<Partial<Record<Format, RegExp>>> = {
  messages: /^[A-Za-z0-9_-]{1,64}$/, converse: /^[A-Za-z0-9_-]{1,64}$/, chat: /^[\s\S]{1,40}$/, responses: /^[\s\S]{1,64}$/,
};

export function grammarProblems(format: Format, body: unknown, facts: readonly Fact[]): readonly string[] {
  const request = objectIn(body);
  return [
    ...(format === 'gemini' ? [] : idProblems(format, facts)),
    ...(format === 'messages' && request['max_tokens'] === undefined ? ['max_tokens is missing'] : []),
    ...(hasEmptyText(request[format === 'responses' ? 'input' : format === 'gemini' ? 'contents' : 'messages']) ? ['an empty text'] : []),
    ...(format === 'messages' || format === 'converse' ? turnProblems(request) : []),
  ];
}

function idProblems(format: Format, facts: readonly Fact[]): readonly string[] {
  const calls = facts.filter((fact) => fact.kind === 'call');
  const legal = LEGAL_ID[format];
  const ids = calls.map(({ id }) => id);
  const results = facts.filter((fact) => fact.kind === 'result');
  return [
    ...ids.filter((id) => legal && !legal.test(id)).map((id) => `the id ${JSON.stringify(id)} is not legal`),
    ...(new Set(ids).size === ids.length ? [] : ['an id stands for two calls']),
    ...results.filter(({ id }) => !ids.includes(id)).map(({ id }) => `a result for ${JSON.stringify(id)}, which nobody called`),
    ...unanswered(facts),
  ];
}

/** Calls that somebody speaks after, but nobody has answered. Those at the very end wait. */
function unanswered(facts: readonly Fact[]): readonly string[] {
  const last = facts.findLastIndex((fact) => fact.kind === 'call');
  const goesOn = facts.slice(last + 1).some((fact) => fact.kind === 'result' || (fact.kind === 'text' && fact.role === 'user'));
  if (!goesOn) return [];
  const answered = facts.flatMap((fact) => (fact.kind === 'result' ? [fact.id] : []));
  return facts.flatMap((fact) => (fact.kind === 'call' && !answered.includes(fact.id) ? [`the call ${JSON.stringify(fact.id)} has no answer`] : []));
}

/** In calls' input and in schemas an empty text is the client's own. */
const OPAQUE = ['input', 'arguments', 'args', 'response', 'json', 'parameters', 'input_schema', 'inputSchema'];

function hasEmptyText(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(hasEmptyText);
  if (!isObject(value)) return false;
  return Object.entries(value).some(([key, member]) => (key === 'text' && member === '' ? !('thoughtSignature' in value) : !OPAQUE.includes(key) && hasEmptyText(member)));
}

/** Turns alternate, and the results of calls come first in the turn after them. */
function turnProblems(request: JsonObject): readonly string[] {
  const turns = listIn(request['messages']).map(objectIn);
  const problems = turns.slice(1).flatMap((turn, index) => (turn['role'] === turns[index]?.['role'] && turn['role'] !== 'system' ? [`two turns of the ${stringIn(turn['role'])} in a row`] : []));
  const empty = turns.flatMap((turn, index) => (isEmptyTurn(turn) ? [`turn ${index} says nothing`] : []));
  const first = turns[0]?.['role'] === 'user' ? [] : ['the first turn is not the user\'s'];
  return [...problems, ...empty, ...first, ...turns.flatMap((turn, index) => orderProblems(turn, turns[index + 1]))];
}

const isEmptyTurn = ({ content }: JsonObject): boolean => (Array.isArray(content) ? content.length === 0 : content === '' || content === undefined);

function orderProblems(turn: JsonObject, next: JsonObject | undefined): readonly string[] {
  const isResult = (block: unknown) => objectIn(block)['type'] === 'tool_result' || 'toolResult' in objectIn(block);
  const calls = listIn(turn['content']).filter((block) => objectIn(block)['type'] === 'tool_use' || 'toolUse' in objectIn(block)).length;
  if (calls === 0 || next === undefined) return [];
  const blocks = listIn(next['content']);
  const results = blocks.filter(isResult).length;
  const leading = blocks.findIndex((block) => !isResult(block));
  return [
    ...(results === calls ? [] : [`${calls} calls, ${results} results in the turn after them`]),
    ...(leading >= 0 && leading < results ? ['a result stands behind something else'] : []),
  ];
}
