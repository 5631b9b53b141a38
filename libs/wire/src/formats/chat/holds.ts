/** Does a Chat request hold something that one surface of a provider carries and another does not? */
import { get, readJson, stringOf } from '../../leaf/json-node.ts';

export interface Features {
  /** Members of the request. */
  readonly members: readonly string[];
  /** Types of parts of a message. */
  readonly parts: readonly string[];
}

export function chatHolds(body: Buffer, { members, parts }: Features): boolean {
  const names = [...members, ...parts];
  // Hardly any request does: the tree of one that cannot is not made.
  if (!names.some((name) => body.includes(`"${name}"`))) return false;
  const root = readJson(body.toString());
  return members.some((name) => get(root, name) !== undefined)
    || (get(root, 'messages')?.items ?? []).some((message) => (get(message, 'content')?.items ?? []).some((part) => parts.includes(stringOf(get(part, 'type')) ?? '')));
}
