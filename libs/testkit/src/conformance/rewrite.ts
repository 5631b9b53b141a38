/** JSON and streams with some of their values replaced: what broken converters are made of. */
import { isObject, parseJson, written } from '../facts/json.ts';

/** A member's new value; `undefined` takes it away, the value itself leaves it (and what is in it is then looked at). */
export type Edit = (key: string, value: unknown, holder: Readonly<Record<string, unknown>>) => unknown;

export function edited(value: unknown, edit: Edit): unknown {
  if (Array.isArray(value)) {
    const items = value.map((item) => edited(item, edit));
    return items.every((item, index) => item === value[index]) ? value : items;
  }
  if (!isObject(value)) return value;
  const members = Object.entries(value).map(([key, member]): [string, unknown] => {
    const next = edit(key, member, value);
    return [key, next === member ? edited(member, edit) : next];
  });
  // Unchanged, it keeps its text.
  return members.every(([key, member]) => member === value[key]) ? value : Object.fromEntries(members.filter(([, member]) => member !== undefined));
}

export const editedJson = (text: string, edit: Edit): string => written(edited(parseJson(text), edit));

/** The data of one event in the client's framing. */
export const editedEvent = (event: string, edit: Edit): string =>
  event.replace(/^data: (\{.*\})$/gm, (_, data: string) => `data: ${editedJson(data, edit)}`);
