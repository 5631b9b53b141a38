/** Edits of a Chat Completions request by span: whatever is not named here reaches the provider byte for byte. */
import { members, membersOf, removeMembers, replaceValues } from '../leaf/json-text.ts';
import type { Member } from '../leaf/json-text.ts';

/** The body as the provider of this route is to get it: `model` is the route's. Throws `JsonTextError` on what is no object. */
export const forRoute = (body: Buffer, model: string): Buffer => replaceValues(body, members(body), 'model', JSON.stringify(model));

/** The body without what only Sluice reads: `sluice`, and the `sluice` of an `extra_body` that a client without an SDK
 *  wrote into the body itself. An `extra_body` left empty by that goes too. `level` saves a second scan where it is at hand. */
export function withoutSluice(body: Buffer, level: readonly Member[] = members(body)): Buffer {
  const stray = level.some((member) => member.key === 'extra_body');
  const clean = removeMembers(body, level, 'sluice');
  return stray ? withoutStraySluice(clean, members(clean)) : clean;
}

function withoutStraySluice(body: Buffer, level: readonly Member[]): Buffer {
  const extra = level.findLast((member) => member.key === 'extra_body');
  if (!extra) return body;
  const inner = membersOf(body, extra);
  if (!inner.some((member) => member.key === 'sluice')) return body;
  if (inner.every((member) => member.key === 'sluice')) return removeMembers(body, level, 'extra_body');
  return removeMembers(body, inner, 'sluice');
}
