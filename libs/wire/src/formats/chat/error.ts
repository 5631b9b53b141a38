/**
 * The one error body that the SDKs of both families type and show, and the event that ends a Chat stream badly.
 * Which status an error has, and what the client is told about trying again, is the edge's business.
 */
import { isObject } from '../../leaf/check.ts';
import type { JsonObject } from '../../leaf/check.ts';

/** What a provider itself said; `body` is its own error body, parsed. */
export interface ProviderSaid {
  readonly status: number | null;
  readonly code: string | null;
  readonly message: string;
  readonly body?: unknown;
}

export interface ChatError {
  readonly message: string;
  readonly type: string;
  readonly param: string | null;
  readonly code: string;
  /** Shown beside our own words, under `error.provider`. */
  readonly provider?: ProviderSaid | null;
}

/** `{"type":"error","error":{message,type,param,code},"request_id"}` */
export const errorBody = (error: ChatError, requestId: string): string =>
  JSON.stringify({ type: 'error', error: errorObject(error), request_id: requestId });

/** The event that goes before the cut; never followed by `[DONE]`. */
export const errorEvent = (error: ChatError): string => `data: ${JSON.stringify({ error: errorObject(error) })}\n\n`;

/** A provider's refusal of the caller's own request, as it was said: its error object is not touched, only put where SDKs look. */
export const providerErrorBody = (said: ProviderSaid, requestId: string): string =>
  JSON.stringify({ type: 'error', error: theirErrorObject(said), request_id: requestId });

function errorObject({ message, type, param, code, provider }: ChatError): JsonObject {
  const own = { message, type, param, code };
  if (!provider) return own;
  const { status, code: theirCode, message: theirMessage, body } = provider;
  return { ...own, provider: { status, code: theirCode, message: theirMessage, ...(body === undefined ? {} : { body }) } };
}

/**
 * Providers write `{error:{…}}`, `[{error:{…}}]`, `{error:"…"}`, or the fields flat; Google and AWS name no type, which SDKs read. The object
 * of one that speaks this format (OpenRouter's has a number for its code, and no type) is its own.
 */
function theirErrorObject(said: ProviderSaid): JsonObject {
  const body: unknown = Array.isArray(said.body) ? said.body[0] : said.body;
  const error = isObject(body) && 'error' in body ? body['error'] : body;
  if (isObject(error) && (typeof error['type'] === 'string' || isOpenRouters(error))) return error;
  const type = said.status === 413 ? 'request_too_large' : 'invalid_request_error';
  const message = typeof error === 'string' ? error : said.message;
  const own = isObject(error) ? error : {};
  return { param: null, message, ...own, type, code: typeof own['code'] === 'string' ? own['code'] : said.code };
}

const isOpenRouters = (error: JsonObject): boolean => typeof error['code'] === 'number' && typeof error['message'] === 'string' && !('status' in error);
