/** Reading requests: what is wrong is thrown as `Invalid` and becomes a failure at one place, `prepared`. */
import type { Failure } from '../manners/manner.ts';

export type Json = Readonly<Record<string, unknown>>;

export const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);

export const objectOf = (value: unknown): Json => (isObject(value) ? value : {});

export const listOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);

export const textIn = (value: unknown): string | null => (typeof value === 'string' ? value : null);

export const textsIn = (value: unknown): string[] => listOf(value).filter((item) => typeof item === 'string');

/** What is wrong with a request; caught by `prepared` and nowhere else. */
export class Invalid extends Error {
  readonly param: string | null;
  readonly code: string | null;

  constructor(message: string, param: string | null = null, code: string | null = null) {
    super(message);
    this.param = param;
    this.code = code;
  }
}

/** What `read` makes of the request, or what it throws as a failure. */
export function prepared<T>(read: () => T): T | Failure {
  try {
    return read();
  } catch (error) {
    if (error instanceof Invalid) return { kind: 'invalid', message: error.message, param: error.param, code: error.code };
    throw error;
  }
}

/** A whole number that must be at least 1 where it is given. */
export function wholeIn(json: Json, name: string, place = name): number | null {
  const value = json[name] ?? null;
  if (value === null) return null;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
    throw new Invalid(`Input should be a whole number greater than or equal to 1`, place, 'invalid_value');
  }
  return value;
}

/** From a request's own metadata, which passes every gateway: exactly so many output tokens. */
export function wantedIn(metadata: unknown): number | null {
  const wanted = Number(objectOf(metadata)['simulate_output_tokens'] ?? NaN);
  return Number.isInteger(wanted) && wanted >= 0 ? wanted : null;
}
