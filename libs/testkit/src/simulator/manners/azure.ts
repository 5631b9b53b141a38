/** The manner of Azure OpenAI: OpenAI's limits, errors whose codes are statuses in quotes, no durations but in seconds. */
import { headerOf, bearerOf, JSON_TYPE, type Failure, type Manner, type Said } from './manner.ts';
import { openai, rateLimits } from './openai.ts';

export const azure: Manner = {
  id: 'azure',
  keyOf: (headers) => headerOf(headers, 'api-key') ?? bearerOf(headers),
  failure: sayFailure,
  requestId: uuid,
  headers: ({ requestId }) => ({ 'apim-request-id': requestId, 'x-request-id': requestId, 'x-ms-region': 'Simulated' }),
  limitHeaders: (states) => {
    const headers = Object.entries(rateLimits(states)).filter(([name]) => !name.includes('-reset-'));
    return Object.fromEntries(headers);
  },
};

const DENIED = 'Access denied due to invalid subscription key or wrong API endpoint. Make sure to provide a valid key for an active'
  + ' subscription and use a correct regional API endpoint for your resource.';

const say = (status: number, code: string, message: string): Said =>
  ({ status, headers: JSON_TYPE, body: JSON.stringify({ error: { code, message } }) });

function sayFailure(failure: Failure, requestId: string): Said {
  switch (failure.kind) {
    case 'no_key':
    case 'bad_key': return say(401, '401', DENIED);
    case 'no_model': return say(
      404, 'DeploymentNotFound', 'The API deployment for this resource does not exist. If you created the deployment within the'
      + ' last 5 minutes, please wait a moment and try again.',
    );
    case 'unknown_url':
    case 'wrong_method': return say(404, '404', 'Resource not found');
    case 'over_limit': return tooMany(failure.refusal.waitMs);
    case 'throttled': return tooMany(failure.retryAfterMs);
    case 'not_json':
    case 'invalid':
    case 'too_large':
    case 'server': return openai.failure(failure, requestId);
    default: return failure satisfies never;
  }
}

function tooMany(waitMs: number | null): Said {
  const seconds = Math.ceil((waitMs ?? 60_000) / 1_000);
  const message = 'Requests to the ChatCompletions_Create Operation under Azure OpenAI API have exceeded call rate limit of your'
    + ` current pricing tier. Please retry after ${seconds} seconds.`;
  const said = say(429, '429', message);
  if (waitMs === null) return said;
  return { ...said, headers: { ...said.headers, 'retry-after': String(seconds), 'retry-after-ms': String(Math.ceil(waitMs)) } };
}

/** Eight, four, four, four and twelve characters. */
export function uuid(random: (length: number) => string): string {
  const hex = [...random(32)].map((character) => (character.charCodeAt(0) % 16).toString(16)).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
