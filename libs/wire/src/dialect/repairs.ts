/** The repairs that dialects are made of: each looks at one choice and says what to change in it. */
import { get, stringOf, type JsonNode } from '../leaf/json-node.ts';
import { begins, type Change, type Place, type Repair } from './dialect.ts';

const instead = (node: JsonNode, value: unknown): Change => ({ start: node.start, end: node.end, text: JSON.stringify(value) });

/** Members in front of all others of an object. */
const inFront = (node: JsonNode, members: Readonly<Record<string, unknown>>): Change => {
  const text = JSON.stringify(members).slice(1, -1);
  return { start: node.start + 1, end: node.start + 1, text: node.members.size > 0 ? `${text},` : text };
};

/** Calls without index, id or type get the number of their place, an id made of the answer's, and the usual type; what continues belongs to the last call. */
export const numberedCalls: Repair = ({ said, isWhole, answerId, callsBefore }: Place) => {
  let number = callsBefore - 1;
  return (get(said, 'tool_calls')?.items ?? []).flatMap((call): readonly Change[] => {
    const isNew = isWhole || begins(call);
    if (isNew) number += 1;
    const id = call.members.get('id');
    const needsId = isNew && (stringOf(id) ?? '') === '';
    const made = `call_${answerId.replace(/[^A-Za-z0-9]/g, '').slice(-24)}_${number}`;
    const missing = {
      ...(isWhole || get(call, 'index') ? {} : { index: Math.max(0, number) }),
      ...(needsId && !id ? { id: made } : {}),
      ...(isNew && !get(call, 'type') ? { type: 'function' } : {}),
    };
    return [
      ...(Object.keys(missing).length > 0 ? [inFront(call, missing)] : []),
      ...(needsId && id ? [instead(id, made)] : []),
    ];
  });
};

/** Who speaks is said with the first delta of a choice. */
export const namedSpeaker: Repair = ({ said, isFirst, isWhole }: Place) => (said && isFirst && !isWhole && !get(said, 'role') ? [inFront(said, { role: 'assistant' })] : []);

/** Who speaks is not said again: helpers join what they hear, the role as well. */
export const roleOnce: Repair = ({ said, isFirst, isWhole }: Place) => {
  const role = said?.members.get('role');
  if (isWhole || isFirst || !said || !role) return [];
  return [said.members.size > 1 ? cut(role, 'role') : instead(said, {})];
};

/** Every event of a stream is of one kind: helpers leave out others, even the last with its reason to finish. */
export const oneKind: Repair = ({ choice, isWhole }: Place) => {
  const kind = get(choice.parent?.parent ?? undefined, 'object');
  return isWhole || !kind || stringOf(kind) === 'chat.completion.chunk' ? [] : [instead(kind, 'chat.completion.chunk')];
};

/** An answer that stopped by itself with calls has stopped for them. */
export const finishedByCalls: Repair = ({ choice, said, callsBefore }: Place) => {
  const finish = get(choice, 'finish_reason');
  const hasCalls = callsBefore > 0 || (get(said, 'tool_calls')?.items.length ?? 0) > 0;
  return finish && hasCalls && stringOf(finish) === 'stop' ? [instead(finish, 'tool_calls')] : [];
};

/** Content in parts becomes the text that it says, and the thoughts in it the reasoning. */
export const plainContent: Repair = ({ said }: Place) => {
  const content = get(said, 'content');
  if (!said || content?.kind !== 'array') return [];
  const reasoning = content.items.map(thoughtIn).join('');
  const text = content.items.map((part) => stringOf(get(part, 'text')) ?? '').join('');
  return [instead(content, text), ...(reasoning === '' ? [] : [inFront(said, { reasoning })])];
};

const thoughtIn = (part: JsonNode): string => (get(part, 'thinking')?.items ?? []).map((thought) => stringOf(get(thought, 'text')) ?? '').join('');

/** An event says what is new, and that alone: a message beside it repeats all that was said. */
export const deltaAlone: Repair = ({ choice, said, isWhole }: Place) => {
  if (isWhole) return [];
  const message = choice.members.get('message');
  return [...(said ? [] : [inFront(choice, { delta: {} })]), ...(message ? [cut(message, 'message')] : [])];
};

/** A member with its key and one comma; it is not the only one. */
function cut(node: JsonNode, key: string): Change {
  const { source } = node;
  const start = source.lastIndexOf(JSON.stringify(key), node.start);
  const comma = /^\s*,/.exec(source.slice(node.end, node.end + 64))?.[0];
  if (comma !== undefined) return { start, end: node.end + comma.length, text: '' };
  return { start: source.lastIndexOf(',', start), end: node.end, text: '' };
}
