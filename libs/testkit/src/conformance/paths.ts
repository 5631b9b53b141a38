/** Paths into a body: `messages[0].content[1]`. */
import { isObject } from '../facts/json.ts';

type Step = string | number;

const stepsOf = (path: string): readonly Step[] =>
  [...path.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map(([, index, name]) => (index === undefined ? name ?? '' : Number(index)));

/** Is one of the paths inside the other, or the same? */
export const isRelated = (a: string, b: string): boolean => isInside(a, b) || isInside(b, a);

/** Is `path` the place itself, or somewhere in it? */
export const isInside = (path: string, place: string): boolean =>
  path === place || (path.startsWith(place) && (place === '' || ['.', '['].includes(path.charAt(place.length))));

/** The value at a path; undefined where there is none. Google's members may be written with underscores. */
export function valueAt(body: unknown, path: string): unknown {
  return stepsOf(path).reduce<unknown>((value, step) => {
    if (typeof step === 'number') return Array.isArray(value) ? value[step] : undefined;
    if (!isObject(value)) return undefined;
    return value[step] ?? value[step.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)];
  }, body);
}

/** A copy without what stands at the path; an element that goes lets the others move up. */
export function without(body: unknown, path: string): unknown {
  const copy: unknown = structuredClone(body);
  const steps = stepsOf(path);
  const last = steps.at(-1);
  const holder = steps.slice(0, -1).reduce<unknown>((value, step) => {
    if (typeof step === 'number') return Array.isArray(value) ? value[step] : undefined;
    return isObject(value) ? value[step] : undefined;
  }, copy);
  if (Array.isArray(holder) && typeof last === 'number') holder.splice(last, 1);
  else if (isObject(holder) && typeof last === 'string') Reflect.deleteProperty(holder, last);
  return copy;
}
