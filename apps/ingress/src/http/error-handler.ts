/** The one place where an error becomes an HTTP answer. What is not known is our bug: logged with its cause, never leaked. */
import type { OutgoingHttpHeaders, ServerResponse } from 'node:http';
import { ERRORS, SluiceError } from '@sluice/domain';
import type { EndError, ErrorCode, Logger, ProviderError } from '@sluice/domain';
import { errorBody, errorEvent, providerErrorBody } from '@sluice/wire';
import type { ChatError } from '@sluice/wire';
import { requestIds } from './answer-headers.ts';

/** Clients sleep for as long as they are told, silently; past this they are told to come back by themselves instead. */
const LONGEST_SLEEP_MS = 60_000;
/** Trying these again gives the same answer, whatever their status makes SDKs believe. */
const NEVER_AGAIN: ReadonlySet<ErrorCode> = new Set(['idempotency_conflict', 'provider_refused', 'deadline_exceeded', 'cancelled']);
/** Where nobody could compute a better time. */
const RETRY_AFTER_MS: Readonly<Partial<Record<ErrorCode, number>>> = {
  rate_limit_exceeded: 10_000, queue_timeout: 15_000, queue_full: 5_000, provider_rate_limited: 10_000, unavailable: 2_000,
};
/** Refusals of the caller's own request, which are passed on as they are. Those of our credentials (401, 402, 403) are not the caller's business. */
const PASSED_ON: ReadonlySet<number> = new Set([400, 413, 422]);

/** Any error as an end that can be told to a client. Logs what is our own bug. */
export function endErrorOf(error: unknown, log: Logger, requestId: string): EndError {
  if (error instanceof SluiceError) {
    const { code, message, param, retryAfterMs, cause } = error;
    if (code === 'unavailable' && cause !== undefined) log.warn({ cause, job: requestId }, message);
    return { code, message, param, retryAfterMs, provider: null };
  }
  log.error({ error, job: requestId }, 'unexpected error');
  return { code: 'internal', message: 'internal error', param: null, retryAfterMs: null, provider: null };
}

export interface ErrorAnswer {
  readonly status: number;
  readonly headers: OutgoingHttpHeaders;
  readonly body: string;
}

export function errorAnswer(error: EndError, requestId: string): ErrorAnswer {
  const passed = passedOn(error);
  const status = passed?.status ?? ERRORS[error.code].status;
  const body = passed ? providerErrorBody(passed, requestId) : errorBody(chatError(error), requestId);
  return {
    status,
    body,
    headers: {
      ...requestIds(requestId),
      'content-type': 'application/json; charset=utf-8',
      'content-length': Buffer.byteLength(body),
      'x-sluice-error': wireCode(error.code),
      ...retryHeaders(error, status),
    },
  };
}

/** The error as it stands inside a body of another shape. */
export const shownError = (error: EndError): { readonly message: string; readonly type: string; readonly param: string | null; readonly code: string } => {
  const { message, type, param, code } = chatError(error);
  return { message, type, param, code };
};

/** The event that ends a stream that had begun; the connection is destroyed behind it. */
export const errorEventOf = (error: EndError): string => errorEvent(chatError(error));

/** How long the same request is answered with the same refusal, or null for what may be tried again at once. */
export const refusalLastsMs = (error: EndError): number | null => (ERRORS[error.code].status === 429 ? retryAfterMs(error) : null);

/** Answers, where that is still possible. */
export function sendError(res: ServerResponse, error: EndError, { requestId, headers = {} }: { requestId: string; headers?: OutgoingHttpHeaders }): void {
  if (res.headersSent || res.closed) return void res.destroy(); // a begun answer cannot be taken back: only closing is honest
  const answer = errorAnswer(error, requestId);
  res.writeHead(answer.status, { ...headers, ...answer.headers });
  res.end(answer.body);
}

function passedOn({ code, provider }: EndError): (ProviderError & { readonly status: number }) | undefined {
  if (provider?.status === null || provider?.status === undefined) return undefined;
  const callersOwn = code === 'invalid_request' || code === 'request_too_large' || code === 'provider_error';
  return callersOwn && PASSED_ON.has(provider.status) ? { ...provider, status: provider.status } : undefined;
}

function chatError(error: EndError): ChatError {
  const { code, param, provider } = error;
  const message = withHint(error);
  return { message, type: ERRORS[code].type, param, code: wireCode(code), provider: provider && theirWords(provider) };
}

/** What stands beside our own words: never its whole body, and nothing it says about our credentials, which can hold a piece of them. */
function theirWords({ status, code, message }: ProviderError): ProviderError {
  const isOurs = status === 401 || status === 402 || status === 403;
  return { status, code, message: isOurs ? 'the provider refused the credentials of this connection' : message };
}

/** To the caller both are the provider's error; ours differ in whether trying again makes sense. */
const wireCode = (code: ErrorCode): string => (code === 'provider_refused' ? 'provider_error' : code);

const waits = (code: ErrorCode): boolean => ERRORS[code].status === 429 || ERRORS[code].status === 503;

const retryAfterMs = ({ code, retryAfterMs: said }: EndError): number => Math.max(1, Math.ceil(said ?? RETRY_AFTER_MS[code] ?? 1_000));

const seconds = (ms: number): number => Math.max(1, Math.ceil(ms / 1_000));

function withHint(error: EndError): string {
  return waits(error.code) ? `${error.message}. Please try again in ${seconds(retryAfterMs(error))} s` : error.message;
}

function retryHeaders(error: EndError, status: number): OutgoingHttpHeaders {
  const headers: OutgoingHttpHeaders = {};
  const ms = waits(error.code) && (status === 429 || status === 503) ? retryAfterMs(error) : null;
  if (ms !== null) {
    headers['retry-after'] = String(seconds(ms));
    headers['retry-after-ms'] = String(ms);
  }
  if (NEVER_AGAIN.has(error.code) || (ms !== null && ms > LONGEST_SLEEP_MS)) headers['x-should-retry'] = 'false';
  return headers;
}
