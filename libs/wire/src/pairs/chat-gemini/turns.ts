/**
 * A Chat conversation as contents. Results come first in theirs, in the order of their calls, because models without ids tell them
 * apart by it.
 */
import { conversationOf, type Result, type Said, type Turn } from '../../formats/chat/conversation.ts';
import { argumentsObject } from '../../formats/chat/read-message.ts';
import type { Replaying } from '../../formats/chat/replay.ts';
import { get, isTrue, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import type { Json, JsonFields } from '../../leaf/json-write.ts';
import type { Notes } from '../../leaf/notes.ts';
import { partsOf } from './content.ts';
import { signaturesOf } from './replay.ts';

const LISTENING = { target: 'Gemini', legalId: /^[\s\S]{1,128}$/, reads: ['extra_content'], middleSystem: false } as const;

export interface Told {
  readonly system: readonly Json[];
  readonly contents: readonly Json[];
}

export function contentsOf(root: JsonNode, replaying: Replaying): Told {
  const { system, turns } = conversationOf(root, { ...LISTENING, notes: replaying.notes });
  const contents = turns.flatMap((turn) => {
    const parts = partsIn(turn, replaying);
    return parts.length > 0 ? [{ role: turn.role === 'assistant' ? 'model' : 'user', parts }] : [];
  });
  return { system: system.flatMap((message) => partsOf(get(message, 'content'), replaying.notes)), contents };
}

function partsIn(turn: Turn, replaying: Replaying): readonly Json[] {
  const { notes } = replaying;
  switch (turn.role) {
    case 'system': return turn.messages.flatMap((message) => partsOf(get(message, 'content'), notes));
    case 'user': {
      const results = turn.results.map((result) => resultOf(result, notes));
      const ordered = [...results].sort((a, b) => a.order - b.order).map(({ part }) => part);
      return [...ordered, ...results.flatMap(({ media }) => media), ...turn.messages.flatMap(({ message }) => partsOf(get(message, 'content'), notes))];
    }
    case 'assistant': return turn.messages.flatMap((said) => saidBy(said, replaying));
    default: return turn satisfies never;
  }
}

function saidBy(said: Said, replaying: Replaying): readonly Json[] {
  const { message, calls } = said;
  const { notes } = replaying;
  const signatures = signaturesOf(said, replaying);
  const texts = signedLast([...partsOf(get(message, 'content'), notes), ...partsOf(get(message, 'refusal'), notes)], signatures.text);
  const called = calls.map(({ call, id }, index) =>
    ({ functionCall: { id, name: call.name, args: argumentsObject(call, notes) }, thoughtSignature: signatures.calls[index] }));
  return [...texts, ...called];
}

const signedLast = (texts: readonly JsonFields[], signature: string | undefined): readonly JsonFields[] =>
  signature === undefined ? texts : [...texts.slice(0, -1), { ...(texts.at(-1) ?? { text: '' }), thoughtSignature: signature }];

/** Text is the output or the error; media follow the results, each behind a text that names its call. */
function resultOf({ message, id, call, order }: Result, notes: Notes) {
  const content = get(message, 'content');
  const parts = partsOf(content, notes);
  const media = parts.filter((part) => !('text' in part));
  if (parts.length - media.length > 1) notes.warn(content ?? message, 'its texts are said as one');
  const text = content?.kind === 'string' ? (stringOf(content) ?? '') : textsIn(content).join('\n');
  const response = { [isTrue(get(message, 'is_error')) ? 'error' : 'output']: text };
  const name = call?.name ?? stringOf(get(message, 'name')) ?? 'unknown';
  const called = stringOf(get(message, 'tool_call_id')) ?? id;
  return {
    order, part: { functionResponse: { id, name, response } },
    media: media.flatMap((part) => [{ text: `From the result of the call ${called}:` }, part]),
  };
}

const textsIn = (content: JsonNode | undefined): readonly string[] =>
  (content?.items ?? []).flatMap((part) => stringOf(part) ?? stringOf(get(part, 'text')) ?? []);
