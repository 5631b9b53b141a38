/** Every error a caller can see: one table, one class. HTTP meanings and bodies: docs/errors.md. */
export const ERRORS = {
  invalid_request: { status: 400, type: 'invalid_request_error', retryable: false },
  invalid_api_key: { status: 401, type: 'authentication_error', retryable: false },
  /** Of the admin API: no session, no token, or one that is over. */
  not_signed_in: { status: 401, type: 'authentication_error', retryable: false },
  permission_denied: { status: 403, type: 'permission_error', retryable: false },
  model_not_found: { status: 404, type: 'not_found_error', retryable: false },
  not_found: { status: 404, type: 'not_found_error', retryable: false },
  unknown_url: { status: 404, type: 'not_found_error', retryable: false },
  method_not_allowed: { status: 405, type: 'invalid_request_error', retryable: false },
  /** What is asked does not go together with how things stand: a name that is taken, something that is in use. */
  conflict: { status: 409, type: 'invalid_request_error', retryable: false },
  /** `If-Match` names another state than the present one: somebody else changed it meanwhile. */
  precondition_failed: { status: 412, type: 'invalid_request_error', retryable: false },
  request_too_large: { status: 413, type: 'request_too_large', retryable: false },
  unsupported_encoding: { status: 415, type: 'invalid_request_error', retryable: false },
  idempotency_conflict: { status: 422, type: 'invalid_request_error', retryable: false },
  rate_limit_exceeded: { status: 429, type: 'rate_limit_error', retryable: true },
  queue_timeout: { status: 429, type: 'rate_limit_error', retryable: true },
  queue_full: { status: 429, type: 'rate_limit_error', retryable: true },
  provider_rate_limited: { status: 429, type: 'rate_limit_error', retryable: true },
  cancelled: { status: 499, type: 'api_error', retryable: false },
  internal: { status: 500, type: 'api_error', retryable: true },
  provider_error: { status: 502, type: 'api_error', retryable: true },
  /** The provider refused our credentials or deployment: trying again mends nothing. */
  provider_refused: { status: 502, type: 'api_error', retryable: false },
  unavailable: { status: 503, type: 'overloaded_error', retryable: true },
  deadline_exceeded: { status: 504, type: 'timeout_error', retryable: false },
} as const satisfies Record<string, { status: number; type: string; retryable: boolean }>;

export type ErrorCode = keyof typeof ERRORS;

export interface ErrorDetails {
  readonly param?: string | null;
  readonly retryAfterMs?: number | null;
  readonly cause?: unknown;
}

/** "Cannot continue", with a message that says what was wrong and what to do. Never holds a prompt or a secret. */
export class SluiceError extends Error {
  readonly code: ErrorCode;
  readonly param: string | null;
  readonly retryAfterMs: number | null;

  constructor(code: ErrorCode, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.name = 'SluiceError';
    this.code = code;
    this.param = details.param ?? null;
    this.retryAfterMs = details.retryAfterMs ?? null;
  }
}
