/** What an Embeddings request asks for. */
import { get, readJson, stringOf, type JsonNode } from '../../leaf/json-node.ts';
import type { Notes } from '../../leaf/notes.ts';
import { elsewhere, hint, type Setting } from '../../leaf/settings.ts';

/** The texts, in their order. Tokens are one provider's own: for others they are refused. */
export function textsOf(root: JsonNode, target: string, notes: Notes): readonly JsonNode[] {
  const input = get(root, 'input');
  if (!input) return [];
  const items = input.kind === 'array' ? input.items : [input];
  return items.flatMap((item) => {
    if (item.kind === 'string') return [item];
    notes.refuse(item.kind === 'array' ? item : input, `${target} takes texts, not tokens of another model`);
    return [];
  });
}

/** For models that take one text a call; undefined where there is none. */
export function oneText(root: JsonNode, target: string, notes: Notes): JsonNode | undefined {
  const [text, ...more] = textsOf(root, target, notes);
  if (more.length > 0) notes.refuse(get(root, 'input') ?? root, `${target} takes one text a call`);
  return text;
}

export type Encoding = 'float' | 'base64';

/** How the client wants its vectors. */
export const encodingOf = (asked: string): Encoding => (stringOf(get(readJson(asked), 'encoding_format')) === 'base64' ? 'base64' : 'float');

/** Members that are read with what they belong to, or honoured on the way back. */
export const READ_ELSEWHERE: Readonly<Record<string, Setting>> = {
  model: elsewhere, input: elsewhere, encoding_format: elsewhere, user: hint('the provider does not ask who the user is'),
};
