/** Why a call did not bring a whole answer. Values, never exceptions: the worker reacts to each. */

export type CallFailure =
  /** The time for sending had passed when the connection was ready: nothing was written. */
  | 'late'
  /** The provider had asked for a pause by then: nothing was written. */
  | 'closed'
  | 'aborted'
  | 'refused'
  | 'dns'
  | 'tls'
  | 'unreachable'
  /** The connection ended after the request was written and before an answer began. */
  | 'reset'
  /** The answer began and did not end as its framing says. */
  | 'cut'
  | 'too_large'
  /** Not HTTP, or in an encoding that was not asked for. */
  | 'protocol'
  | 'timeout_connect'
  | 'timeout_first_byte'
  | 'timeout_between_chunks'
  | 'timeout_whole';

/** One sentence for audit and client. */
export const FAILURE_TEXT = {
  late: 'the permit to send had run out before a connection was ready',
  closed: 'the provider had refused another call and asked for a pause',
  aborted: 'the call was given up',
  refused: 'the provider refused the connection',
  dns: "the provider's name could not be resolved",
  tls: 'no secure connection to the provider could be made',
  unreachable: 'the provider could not be reached',
  reset: 'the provider closed the connection before it answered',
  cut: 'the answer ended before it was complete',
  too_large: 'the answer was larger than is accepted',
  protocol: 'the provider did not answer as HTTP/1.1 or in an encoding that was not asked for',
  timeout_connect: 'no connection to the provider within its time limit',
  timeout_first_byte: 'the provider did not begin to answer within its time limit',
  timeout_between_chunks: 'the answer stopped for longer than its time limit',
  timeout_whole: 'the answer was not complete within its time limit',
} as const satisfies Record<CallFailure, string>;

const BY_CODE: Readonly<Record<string, CallFailure>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EAI_FAIL: 'dns',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  EMFILE: 'unreachable',
  ETIMEDOUT: 'timeout_connect',
  UND_ERR_CONNECT_TIMEOUT: 'timeout_connect',
};
const TLS_CODE = /^ERR_(TLS|SSL)|CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|^EPROTO$/;

/** What an error of the transport means, by how far the call had come. */
export function failureOf(error: unknown, progress: { readonly sent: boolean; readonly begun: boolean }): CallFailure {
  const code = codeOf(error);
  if (progress.begun) return 'cut';
  if (progress.sent) return error instanceof Error && error.name === 'HTTPParserError' ? 'protocol' : 'reset';
  if (TLS_CODE.test(code)) return 'tls';
  return BY_CODE[code] ?? 'unreachable';
}

function codeOf(error: unknown): string {
  if (typeof error !== 'object' || error === null || !('code' in error)) return '';
  return typeof error.code === 'string' ? error.code : '';
}
