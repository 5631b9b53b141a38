export { providers } from './registry.ts';
export { callersCredentials, credentialHeaders, requestIdOf } from './provider.ts';
export type {
  Answer, Authentication, Credentials, Headers, ModelList, Profile, Provider, Refusal, WireFormat,
} from './provider.ts';
export type { Addressed, Outgoing, Place } from './address.ts';
export { openAuthorizer, type Authorizer, type AuthorizerOptions } from './authorize.ts';
export { discoverModels, type Discovered } from './discover.ts';
export type { EventSplitter } from './events.ts';
export { editsOf, formatsOf, rulesOf, type Edits, type ModelRow } from './model-rules.ts';
export { spokenTo, type Spoken } from './spoken.ts';
export { openTransport } from './call.ts';
export type { AnswerHead, CallEnd, CallHandlers, CallRequest, Transport } from './call.ts';
export { FAILURE_TEXT, type CallFailure } from './call-failure.ts';
export { CALL_LIMITS, type CallLimits } from './call-limits.ts';
export { saidIn, type Said } from './provider-error.ts';
export { openOutsidePost, type OutsideAnswer, type OutsidePost, type OutsideRequest } from './post-outside.ts';
export type { LookUp } from './vetted-connector.ts';
