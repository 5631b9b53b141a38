/** The manner of AWS: a bare message, its type in a header, and no word on limits or on when to come back. */
import { uuid } from './azure.ts';
import { bearerOf, JSON_TYPE, type Failure, type Manner, type Said } from './manner.ts';

export const aws: Manner = {
  id: 'aws',
  // What counts as the key is whose signature it is.
  keyOf: (headers) => /^AWS4-HMAC-SHA256 .*\bCredential=([^/,\s]+)\//.exec(headers.authorization ?? '')?.[1] ?? bearerOf(headers),
  failure: sayFailure,
  requestId: uuid,
  headers: ({ requestId }) => ({ 'x-amzn-requestid': requestId }),
  limitHeaders: () => ({}),
};

const say = (status: number, type: string, message: string): Said => ({
  status,
  headers: { ...JSON_TYPE, 'x-amzn-errortype': `${type}:http://internal.amazon.com/coral/com.amazon.bedrock/` },
  body: JSON.stringify({ message }),
});

const SERVER: Readonly<Record<number, readonly [type: string, message: string]>> = {
  408: ['ModelTimeoutException', 'Model has timed out in processing the request. Try your request again.'],
  424: ['ModelErrorException', 'The system encountered an unexpected error during processing. Try your request again.'],
  503: ['ServiceUnavailableException', 'Bedrock is unable to process your request.'],
};

const INTERNAL =
  ['InternalServerException', 'The system encountered an unexpected error during processing. Try your request again.'] as const;

const THROTTLED = 'Too many requests, please wait before trying again.';

function sayFailure(failure: Failure): Said {
  switch (failure.kind) {
    case 'no_key': return say(403, 'MissingAuthenticationTokenException', 'Missing Authentication Token');
    case 'bad_key': return say(403, 'UnrecognizedClientException', 'The security token included in the request is invalid.');
    case 'not_json': return say(400, 'SerializationException', 'Unexpected end-of-input');
    case 'invalid': return say(400, 'ValidationException', failure.param === null ? failure.message : `${failure.message} (${failure.param})`);
    case 'no_model': return say(400, 'ValidationException', 'The provided model identifier is invalid.');
    case 'unknown_url':
    case 'wrong_method': return say(404, 'UnknownOperationException', 'The requested operation is not recognized by the service.');
    case 'too_large': return say(413, 'RequestEntityTooLargeException', 'Request is too large');
    case 'over_limit':
    case 'throttled': return say(429, 'ThrottlingException', THROTTLED);
    case 'server': return say(failure.status, ...(SERVER[failure.status] ?? INTERNAL));
    default: return failure satisfies never;
  }
}
