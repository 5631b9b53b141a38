/**
 * A provider: data where it can be, and a few pure functions. Adding one is a folder with these files and a line in the
 * registry; nothing else knows a provider by name.
 */
import type { LimitReading, Outcome } from '@sluice/domain';

/** What the provider answered, read: `body` is the parsed JSON, or the text where it is none. Header names in lower case. */
export interface Answer {
  /** 200 with an error in the body happens: see `statusOf`. */
  readonly status: number;
  readonly headers: Headers;
  readonly body: unknown;
  /** Epoch ms: resets given as points in time count from here. */
  readonly receivedAt: number;
}

export type Headers = Readonly<Record<string, string | readonly string[] | undefined>>;

export type Refusal = Extract<Outcome, { kind: 'throttled' | 'failed' }>;

/** A connection's credentials as they were configured, opened. */
export type Credentials = Readonly<Record<string, string>>;

export interface Profile {
  readonly id: string;
  readonly formats: readonly ('chat')[];
  /** Which credential stands in which header; `bearer` puts it after the word. Absent credentials are left out. */
  readonly credentialHeaders: readonly { readonly credential: string; readonly header: string; readonly bearer: boolean }[];
  /** When output tokens are charged: what the request allows at once, or what comes, as it comes. */
  readonly outputCounting: 'maximum_at_admission' | 'as_produced' | 'unknown';
  readonly usageArrives: 'when_asked' | 'last_chunk' | 'every_chunk' | 'unknown';
  /** Does a whole stream end with `[DONE]`? `optional`: with it, or cleanly after a finish reason. */
  readonly terminator: 'done' | 'optional';
  /** Where the provider's own id of a call stands; the first that is there counts. */
  readonly requestIdHeaders: readonly string[];
  /** How long a refusal at a limit is taken to last where the provider does not say. */
  readonly throttledForMs: number;
}

export interface Provider {
  readonly profile: Profile;
  /** What a failed answer (status outside 2xx, or an error under 200) means. Never throws; what no row knows is `unknown`. */
  outcomeOf(answer: Answer): Refusal;
  limitsOf(headers: Headers, receivedAt: number): readonly LimitReading[];
}

/** The headers that carry the credentials. */
export function credentialHeaders(profile: Profile, credentials: Credentials): Record<string, string> {
  const headers: Record<string, string> = {};
  for (const { credential, header, bearer } of profile.credentialHeaders) {
    const value = credentials[credential];
    if (value) headers[header] = bearer ? `Bearer ${value}` : value;
  }
  return headers;
}

export function requestIdOf(profile: Profile, headers: Headers): string | null {
  for (const name of profile.requestIdHeaders) {
    const value = headerOf(headers, name);
    if (value) return value;
  }
  return null;
}

export function headerOf(headers: Headers, name: string): string | null {
  const value = headers[name];
  return (typeof value === 'string' ? value : value?.[0]) ?? null;
}
