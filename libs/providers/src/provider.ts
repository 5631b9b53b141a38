/**
 * A provider: data where it can be, and a few pure functions. Adding one is a folder with these files and a line in the
 * registry; nothing else knows a provider by name.
 */
import type { LimitReading, Outcome, WindowModel } from '@sluice/domain';
import type { ChatFeatures, DialectName, Family } from '@sluice/wire';
import type { Addressed, Outgoing, Place } from './address.ts';
import type { ModelRow } from './model-rules.ts';
import type { EventSplitter } from './events.ts';

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

export type WireFormat =
  | 'chat' | 'responses' | 'messages' | 'converse' | 'gemini'
  | 'embeddings' | 'gemini-embeddings' | 'vertex-embeddings' | 'titan-embeddings' | 'cohere-embeddings' | 'nova-embeddings';

/** How a call shows whose it is: keys in headers as they are, or something made of the credentials for each call. */
export type Authentication = 'headers' | 'entra' | 'google' | 'aws';

export interface Profile {
  readonly id: string;
  /** What it is spoken to in, the preferred one first. */
  readonly formats: readonly WireFormat[];
  readonly authentication: Authentication;
  /** Which credential stands in which header; `bearer` puts it after the word. Absent credentials are left out. */
  readonly credentialHeaders: readonly { readonly credential: string; readonly header: string; readonly bearer: boolean }[];
  /** When output tokens are charged: what the request allows at once, or what comes, as it comes. */
  readonly outputCounting: 'maximum_at_admission' | 'as_produced' | 'unknown';
  /** How it counts its windows, as far as it says; sliding is safe for each of them. */
  readonly window: WindowModel;
  /** Does input that was read from its cache count against its limits? */
  readonly countsCachedInput: boolean;
  /** Are there limits of input and of output, or of both together? */
  readonly tokenLimits: 'together' | 'separate';
  /** `cumulative`: at the beginning and again at the end, the end telling all. Of repeats the last one counts, never their sum. */
  readonly usageArrives: 'when_asked' | 'last_chunk' | 'every_chunk' | 'cumulative' | 'after_stop' | 'unknown';
  /** Does a whole Chat stream end with `[DONE]`? `optional`: with it, or cleanly after a finish reason. */
  readonly terminator: 'done' | 'optional';
  /** Where the provider's own id of a call stands; the first that is there counts. */
  readonly requestIdHeaders: readonly string[];
  /** How long a refusal at a limit is taken to last where the provider does not say. */
  readonly throttledForMs: number;
  /** How it speaks Chat Completions not quite; absent: as OpenAI does. */
  readonly dialect?: DialectName;
  /** What its Chat surface does not carry and another of its formats does. */
  readonly chatCannot?: ChatFeatures;
  /** Headers of the client that mean something to it, in lower case: handed on, unlike all others. */
  readonly clientHeaders?: readonly string[];
  /** Its vectors come as base64 of 8-bit integers, whatever is asked for. */
  readonly int8Vectors?: true;
  /** Who reads the signatures in its answers. */
  readonly family: Family;
  /** How models differ; of the rows that match, later ones go before earlier ones. */
  readonly models: readonly ModelRow[];
}

export interface Provider {
  readonly profile: Profile;
  /** Where a call goes and how its body is wrapped there; undefined where its format is not spoken. */
  addressOf(call: Outgoing, place: Place): Addressed | undefined;
  /** A reader for one streamed answer: the bytes as they come, in; whole events, out. */
  splitEvents(): EventSplitter;
  /** What a failed answer (status outside 2xx, or an error under 200) means. Never throws; what no row knows is `unknown`. */
  outcomeOf(answer: Answer): Refusal;
  limitsOf(headers: Headers, receivedAt: number): readonly LimitReading[];
  /** Where it lists its models, if asking makes sense: a server of one's own. */
  readonly lists?: ModelList;
}

export interface ModelList {
  addressOf(place: Place): Addressed;
  /** Names of models, from the parsed answer. */
  namesIn(body: unknown): readonly string[];
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

/** What of a connection's credentials says where a call goes, and not who makes it. */
const PLACES = { headers: [], entra: ['api_version'], google: ['project', 'location'], aws: ['region'] } as const satisfies Record<Authentication, readonly string[]>;

/** Those of a caller who brings a key (or an access token of Google's) of its own: nothing of the connection's account is left. */
export function callersCredentials({ authentication }: Profile, credentials: Credentials, key: string): Credentials {
  const places: readonly string[] = PLACES[authentication];
  const place = Object.entries(credentials).filter(([name]) => places.includes(name));
  return { ...Object.fromEntries(place), [authentication === 'google' ? 'access_token' : 'api_key']: key };
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
