export { providers } from './registry.ts';
export { credentialHeaders, requestIdOf } from './provider.ts';
export type { Answer, Credentials, Headers, LimitReading, Profile, Provider, Refusal } from './provider.ts';
export { openTransport } from './call.ts';
export type { AnswerHead, CallEnd, CallHandlers, CallRequest, Transport } from './call.ts';
export { FAILURE_TEXT, type CallFailure } from './call-failure.ts';
export { CALL_LIMITS, type CallLimits } from './call-limits.ts';
export { saidIn, type Said } from './provider-error.ts';
