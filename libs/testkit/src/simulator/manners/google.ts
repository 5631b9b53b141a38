/**
 * The manner of Google: one error object with a name for its status, and in refusals at a limit what was exceeded and when
 * to come back, as details. There are no limit headers. Gemini's API takes a key, Vertex an access token.
 */
import type { Refusal } from '../limits/enforcer.ts';
import { anthropic } from './anthropic.ts';
import { bearerOf, headerOf, JSON_TYPE, type Failure, type Manner, type Said } from './manner.ts';

export const gemini: Manner = {
  id: 'gemini',
  keyOf: (headers, query) => headerOf(headers, 'x-goog-api-key') ?? query.get('key') ?? bearerOf(headers),
  failure: (failure) => say(errorOf(failure)),
  requestId: (random) => random(22),
  headers: ({ tookMs }) => ({ server: 'scaffolding on HTTPServer2', 'server-timing': `gfet4t7; dur=${Math.round(tookMs)}` }),
  limitHeaders: () => ({}),
};

/** Where Gemini speaks OpenAI's language, and where Vertex streams, errors come as a list. */
const listed = ({ status, headers, body }: Said): Said => ({ status, headers, body: `[${body}]` });

export const geminiCompatible: Manner = { ...gemini, id: 'gemini-compatible', failure: (failure) => listed(say(errorOf(failure))) };

export const vertex: Manner = {
  ...gemini, id: 'vertex', keyOf: bearerOf, failure: (failure) => say(failure.kind === 'bad_key' ? UNAUTHENTICATED : errorOf(failure)),
};

export const vertexStream: Manner = { ...vertex, id: 'vertex-stream', failure: (failure, id) => listed(vertex.failure(failure, id)) };

/** What Claude itself refuses at Vertex comes in Anthropic's words, what Google refuses before it in Google's. */
const asClaude = (google: Manner): Manner => ({
  ...google,
  failure: (failure, id) => (failure.kind === 'invalid' || failure.kind === 'server' ? anthropic : google).failure(failure, id),
});

export const vertexClaude = asClaude(vertex);
export const vertexClaudeStream = asClaude(vertexStream);

interface RpcError {
  readonly code: number;
  readonly status: string;
  readonly message: string;
  readonly details?: readonly object[];
}

const say = (error: RpcError): Said =>
  ({ status: error.code, headers: { ...JSON_TYPE, 'content-type': 'application/json; charset=UTF-8' }, body: JSON.stringify({ error }, null, 2) });

const UNAUTHENTICATED: RpcError = {
  code: 401, status: 'UNAUTHENTICATED',
  message: 'Request had invalid authentication credentials. Expected OAuth 2 access token, login cookie or other valid authentication credential.',
  details: [{
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'ACCESS_TOKEN_TYPE_UNSUPPORTED', domain: 'googleapis.com',
    metadata: { service: 'aiplatform.googleapis.com' },
  }],
};

const STATUSES: Readonly<Record<number, string>> = {
  400: 'INVALID_ARGUMENT', 403: 'PERMISSION_DENIED', 404: 'NOT_FOUND', 429: 'RESOURCE_EXHAUSTED', 499: 'CANCELLED',
  500: 'INTERNAL', 501: 'UNIMPLEMENTED', 503: 'UNAVAILABLE', 504: 'DEADLINE_EXCEEDED',
};

const MESSAGES: Readonly<Record<number, string>> = {
  503: 'The model is overloaded. Please try again later.',
  504: 'The request timed out. Please try again.',
};

function errorOf(failure: Failure): RpcError {
  const invalid = (message: string): RpcError => ({ code: 400, status: 'INVALID_ARGUMENT', message });
  switch (failure.kind) {
    case 'no_key': return {
      code: 403, status: 'PERMISSION_DENIED',
      message: "Method doesn't allow unregistered callers (callers without established identity)."
        + ' Please use API Key or other form of API consumer identity to call this API.',
    };
    case 'bad_key': return {
      ...invalid('API key not valid. Please pass a valid API key.'),
      details: [{
        '@type': 'type.googleapis.com/google.rpc.ErrorInfo', reason: 'API_KEY_INVALID', domain: 'googleapis.com',
        metadata: { service: 'generativelanguage.googleapis.com' },
      }],
    };
    case 'not_json': return invalid('Invalid JSON payload received. Unexpected end of string.');
    case 'invalid': return invalid(failure.param === null ? failure.message : `* ${failure.param}: ${failure.message}`);
    case 'no_model': return {
      code: 404, status: 'NOT_FOUND',
      message: `models/${failure.model} is not found for API version v1beta, or is not supported for this method.`
        + ' Call ListModels to see the list of available models and their supported methods.',
    };
    case 'unknown_url':
    case 'wrong_method': return { code: 404, status: 'NOT_FOUND', message: 'Requested entity was not found.' };
    case 'too_large': return invalid(`Request payload size exceeds the limit: ${failure.limitBytes} bytes.`);
    case 'over_limit': return exhausted(failure.refusal.waitMs, failure.refusal, failure.model);
    case 'throttled': return exhausted(failure.retryAfterMs);
    case 'server': return {
      code: failure.status, status: STATUSES[failure.status] ?? 'UNKNOWN',
      message: MESSAGES[failure.status] ?? 'An internal error has occurred. Please retry.',
    };
    default: return failure satisfies never;
  }
}

function exhausted(waitMs: number | null, refusal?: Refusal, model?: string): RpcError {
  const metric = refusal?.limit.dimension === 'requests' ? 'generate_content_requests' : 'generate_content_input_token_count';
  const quota = refusal && {
    '@type': 'type.googleapis.com/google.rpc.QuotaFailure',
    violations: [{
      quotaMetric: `generativelanguage.googleapis.com/${metric}`, quotaId: 'SimulatedPerMinutePerProject',
      quotaDimensions: { location: 'global', model }, quotaValue: String(refusal.limit.amount),
    }],
  };
  const seconds = waitMs === null ? null : waitMs / 1_000;
  const retry = seconds === null ? [] : [{ '@type': 'type.googleapis.com/google.rpc.RetryInfo', retryDelay: `${Math.ceil(seconds)}s` }];
  const again = seconds === null ? '' : `\nPlease retry in ${seconds}s.`;
  return {
    code: 429, status: 'RESOURCE_EXHAUSTED', details: [...(quota ? [quota] : []), ...retry],
    message: `You exceeded your current quota, please check your plan and billing details.${again}`,
  };
}
