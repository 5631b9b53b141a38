/** What a provider says about its failure, in any of the shapes that are met, without what must not be passed on. */
import type { ErrorObject } from 'openai/resources/shared';
import { objectOf } from '@sluice/wire';

export interface Said {
  readonly code: string | null;
  readonly type: string | null;
  readonly param: string | null;
  readonly message: string;
  /** The status the body itself gives: an error in a stream, or under 200. */
  readonly status: number | null;
}

const LONGEST_MESSAGE = 2_000;

/**
 * Reads `{error:{…}}`, `{error:"…"}`, a list of either, `{object:"error",…}`, `{detail}`, `{message}` and plain text.
 * Credentials that a message quotes are masked.
 */
export function saidIn(body: unknown): Said {
  const outer = objectOf(Array.isArray(body) ? body[0] : body);
  const inner = objectOf(outer?.['error']);
  // The error object of the OpenAI family, of which any field may be missing or of another type.
  const error: Partial<Record<keyof ErrorObject | 'status_code' | 'raw_status_code', unknown>> = inner ?? outer ?? {};
  const code = textOf(error.code);
  return {
    code,
    type: textOf(error.type),
    param: textOf(error.param),
    message: withoutSecrets(messageIn(error.message, outer, body)),
    status: statusIn(error.status_code) ?? statusIn(error.raw_status_code) ?? statusIn(error.code),
  };
}

function messageIn(message: unknown, outer: Readonly<Record<string, unknown>> | undefined, body: unknown): string {
  const detail = outer?.['detail'];
  const first = objectOf(Array.isArray(detail) ? detail[0] : detail);
  const places: readonly unknown[] = [message, outer?.['error'], detail, first?.['msg'], outer?.['message'], body];
  return (places.find((text) => typeof text === 'string') ?? '').slice(0, LONGEST_MESSAGE);
}

const textOf = (value: unknown): string | null =>
  typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null;

function statusIn(value: unknown): number | null {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && Number.isInteger(status) && status >= 400 && status <= 599 ? status : null;
}

/** Keys as providers quote them back (`sk-…`, `gsk_…`), and anything after `Bearer`. */
export const withoutSecrets = (message: string): string =>
  message.replace(/\b(?:sk|gsk|pk|rk|xai|key)[-_][\w*.-]{4,}/gi, '[key]').replace(/\bBearer\s+\S+/gi, 'Bearer [key]');
