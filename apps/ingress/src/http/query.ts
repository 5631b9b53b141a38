/** Query parameters, each read strictly; unknown ones are ignored. */
import type { IncomingMessage } from 'node:http';
import { SluiceError } from '@sluice/domain';

export const queryOf = ({ url = '/' }: IncomingMessage): URLSearchParams => {
  const mark = url.indexOf('?');
  return new URLSearchParams(mark < 0 ? '' : url.slice(mark));
};

/** Null: not given, or empty. */
export const textOf = (query: URLSearchParams, name: string): string | null => {
  const text = query.get(name);
  return text === '' ? null : text;
};

export function integerOf(query: URLSearchParams, name: string, { least, most, otherwise }: { least: number; most: number; otherwise: number }): number {
  const text = textOf(query, name);
  if (text === null) return otherwise;
  const value = Number(text);
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new SluiceError('invalid_request', `${name}: expected a whole number from ${least} to ${most}`, { param: name });
}

/** The first is the default. */
export function oneOf<const T extends string>(query: URLSearchParams, name: string, known: readonly [T, ...T[]]): T {
  const text = textOf(query, name) ?? known[0];
  const found = known.find((each) => each === text);
  if (found === undefined) throw new SluiceError('invalid_request', `${name}: expected one of ${known.join(', ')}`, { param: name });
  return found;
}
