/**
 * What a log line may hold. Keys that name a secret or a conversation lose their value at any depth and in any case,
 * and an error is told by its own words alone: libraries hang requests, headers and bodies on theirs.
 *
 * A last line of defence, not a licence: callers never pass prompts, answers, keys or credentials in the first place.
 */
const HIDDEN = new Set([
  'authorization', 'proxy-authorization', 'cookie', 'set-cookie',
  'api_key', 'apikey', 'api-key', 'x-api-key', 'x-goog-api-key', 'x-sluice-provider-key',
  'credential', 'credentials', 'sealedcredentials', 'sealed_credentials', 'password', 'secret', 'masterkey', 'master_key',
  'body', 'prompt', 'messages', 'content', 'choices',
]);

export const CENSORED = '[hidden]';

/** Deeper than this nothing is shown: a log line that needs more is a dump. */
const MAX_DEPTH = 6;

/** A copy of the fields of one log line, fit to be kept. Never throws, also on cycles. */
export function redact(fields: object): Record<string, unknown> {
  return redactEntries(fields, 0);
}

function redactEntries(value: object, depth: number): Record<string, unknown> {
  const shown: Record<string, unknown> = {};
  for (const [key, inner] of Object.entries(value)) shown[key] = HIDDEN.has(key.toLowerCase()) ? CENSORED : redactValue(inner, depth + 1);
  return shown;
}

function redactValue(value: unknown, depth: number): unknown {
  if (typeof value === 'bigint') return String(value);
  if (typeof value !== 'object' || value === null) return value;
  if (depth > MAX_DEPTH) return '[deep]';
  if (value instanceof Error) return describeError(value, depth);
  if (value instanceof Date) return value;
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) return value.map((inner) => redactValue(inner, depth + 1));
  return redactEntries(value, depth);
}

function describeError(error: Error, depth: number): Record<string, unknown> {
  const code = 'code' in error ? error.code : undefined;
  return {
    type: error.name,
    message: error.message,
    ...(typeof code === 'string' || typeof code === 'number' ? { code } : {}),
    stack: error.stack,
    ...(error.cause === undefined ? {} : { cause: redactValue(error.cause, depth + 1) }),
    ...(error instanceof AggregateError ? { errors: redactValue(error.errors, depth + 1) } : {}),
  };
}
