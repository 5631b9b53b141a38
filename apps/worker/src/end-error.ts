/** What the client is told of a job that ended without an answer. One pure table from outcomes to errors. */
import type { EndError, FailureKind, FinalState, Outcome, ProviderError } from '@sluice/domain';

/** null: the job completed. */
export function endErrorOf(outcome: Outcome, state: FinalState): EndError | null {
  switch (state) {
    case 'completed':
      return null;
    case 'expired':
      return plain('deadline_exceeded', 'the deadline passed before the answer was complete');
    case 'cancelled':
      return plain('cancelled', 'the job was cancelled');
    case 'failed':
      return failureOf(outcome);
    default:
      return state satisfies never;
  }
}

function failureOf(outcome: Outcome): EndError {
  switch (outcome.kind) {
    case 'throttled':
      return {
        ...plain('provider_rate_limited', 'every route is at the limit of its provider'),
        retryAfterMs: outcome.retryAfterMs, provider: withoutBody(outcome.error),
      };
    case 'failed':
      if (outcome.param !== undefined) return { ...plain('invalid_request', outcome.error.message), param: outcome.param };
      return refusedOurs(outcome.failure, outcome.error.status) ? refused(outcome.error) : told(outcome.error);
    case 'lost':
      return plain('unavailable', 'the process that made the call to the provider was lost');
    case 'completed':
    case 'cancelled':
      // No state but their own follows from these: see `whatFollows`.
      return plain('internal', 'the job ended in a way it cannot end');
    default:
      return outcome satisfies never;
  }
}

/** Our credentials, our account or our deployment: nothing the caller could mend, and nothing it should read. */
const REFUSED_STATUSES: readonly (number | null)[] = [401, 402, 403, 404];
/** Some say them under a 400. */
const REFUSED_FAILURES: readonly FailureKind[] = ['unauthorized', 'quota_exhausted'];
const refusedOurs = (failure: FailureKind, status: number | null): boolean =>
  REFUSED_STATUSES.includes(status) || REFUSED_FAILURES.includes(failure);

const refused = ({ status, code }: ProviderError): EndError => {
  const message = 'the provider refused the credentials or the deployment of this route';
  return { ...plain('provider_refused', message), provider: { status, code, message } };
};

/** The caller's own making: passed on as the provider said it, body and all. Everything else is told without the body. */
function told(error: ProviderError): EndError {
  switch (error.status) {
    case 400:
    case 422:
      return { ...plain('invalid_request', error.message), provider: error };
    case 413:
      return { ...plain('request_too_large', error.message), provider: error };
    default:
      return { ...plain('provider_error', error.message), provider: withoutBody(error) };
  }
}

const plain = (code: EndError['code'], message: string): EndError =>
  ({ code, message, param: null, retryAfterMs: null, provider: null });

const withoutBody = ({ status, code, message }: ProviderError): ProviderError => ({ status, code, message });
