/** Failures as AWS reports them: the type is in a header, or in a stream the name of the event; the body is a message. */
import { objectOf } from '@sluice/wire';
import { failed, throttled, type Row } from '../outcome-table.ts';
import { headerOf, type Answer } from '../provider.ts';

export const AWS_ROWS: readonly Row[] = [
  { name: 'throttled', code: ['ThrottlingException', 'throttlingException', 'TooManyRequestsException'], verdict: throttled('model') },
  {
    name: 'quota of the account', code: ['ServiceQuotaExceededException', 'serviceQuotaExceededException'],
    verdict: failed('quota_exhausted', 'next'),
  },
  {
    name: 'context too long', code: ['ValidationException', 'validationException'],
    says: /too long|exceeds? the (?:maximum|model|context)|maximum (?:context|tokens|number of tokens)|too many (?:input )?tokens/i,
    verdict: failed('context_too_long', 'next'),
  },
  {
    name: 'unknown model', status: [400, 404], code: ['ValidationException', 'ResourceNotFoundException'],
    says: /model identifier is invalid|end of its life|on-demand throughput|could not resolve the foundation model|model not found/i,
    verdict: failed('not_found', 'next'),
  },
  { name: 'not found', code: ['ResourceNotFoundException'], verdict: failed('not_found', 'next') },
  { name: 'invalid', code: ['ValidationException', 'validationException', 'SerializationException'], verdict: failed('invalid_request', 'none') },
  {
    name: 'refused credentials',
    code: [
      'UnrecognizedClientException', 'InvalidSignatureException', 'ExpiredTokenException', 'MissingAuthenticationTokenException',
      'IncompleteSignatureException', 'AccessDeniedException',
    ],
    verdict: failed('unauthorized', 'next'),
  },
  { name: 'model timed out', code: ['ModelTimeoutException', 'modelTimeoutException'], verdict: failed('timeout', 'next') },
  { name: 'model not ready', code: ['ModelNotReadyException'], verdict: failed('overloaded', 'next') },
  // The type says that the service is unavailable, the message why: this model has too much to do.
  { name: 'model busy', status: 503, says: /throttled|too many requests|capacity/i, verdict: failed('overloaded', 'next') },
  { name: 'unavailable', code: ['ServiceUnavailableException', 'serviceUnavailableException'], verdict: failed('overloaded', 'next') },
  {
    name: 'broke while streaming',
    code: [
      'ModelStreamErrorException', 'modelStreamErrorException', 'ModelErrorException', 'InternalServerException',
      'internalServerException', 'CorruptEventStream',
    ],
    verdict: failed('unavailable', 'next'),
  },
  { name: '424', status: 424, verdict: failed('unavailable', 'next') },
];

/** The type as the error's code: without its namespace, and without what follows a colon. */
export function unfold(answer: Answer): Answer {
  const body = objectOf(answer.body) ?? {};
  const said = headerOf(answer.headers, 'x-amzn-errortype') ?? (typeof body['__type'] === 'string' ? body['__type'] : null);
  const message = body['message'] ?? body['Message'];
  if (said === null && message === undefined) return answer;
  const code = said?.split(':', 1)[0]?.split('#').at(-1) ?? null;
  return { ...answer, body: { error: { code, message } } };
}
