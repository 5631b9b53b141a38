/** One recorded exchange between a client and a provider, in the format of the recordings (their README describes it). */
import { compactJson, rawMember } from './raw-json.ts';

export interface Exchange {
  /** `PROVIDER/WIRE/NAME` without the `.json`. */
  readonly id: string;
  readonly provider: string;
  readonly wire: string;
  readonly scenario: string;
  readonly tags: readonly string[];
  readonly stream: boolean;
  readonly model: string | null;
  /** How true to the wire it is: `recorded`, … `fixture-unverified`. */
  readonly fidelity: string;
  readonly sequence: { readonly id: string; readonly index: number; readonly of: number } | null;
  readonly request: {
    readonly method: string;
    readonly path: string;
    readonly headers: Readonly<Record<string, string>>;
    /** The body as JSON text, lexemes as recorded; or another body as it was; null when there is none. */
    readonly bodyText: string | null;
    /** False when the source has the answer only. */
    readonly recorded: boolean;
  };
  readonly response: {
    readonly status: number;
    /** Names in lower case. */
    readonly headers: Readonly<Record<string, string>>;
    /** What the client receives, byte by byte. JSON comes without white space between tokens. */
    readonly body: Buffer;
  };
}

type Json = Readonly<Record<string, unknown>>;

const isObject = (value: unknown): value is Json => typeof value === 'object' && value !== null && !Array.isArray(value);
const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);
const objectOf = (value: unknown): Json => (isObject(value) ? value : {});

/** @throws Error naming the exchange when the file is not one */
export function parseExchange(file: string, id: string): Exchange {
  const recorded: unknown = JSON.parse(file);
  if (!isObject(recorded) || !isObject(recorded['request']) || !isObject(recorded['response'])) {
    throw new Error(`${id} is no recorded exchange: it has no request or no response`);
  }
  const { request, response } = { request: recorded['request'], response: recorded['response'] };
  const tags = Array.isArray(recorded['tags']) ? recorded['tags'].filter((tag) => typeof tag === 'string') : [];
  return {
    id,
    provider: text(recorded['provider']) ?? '',
    wire: text(recorded['wire']) ?? '',
    scenario: text(recorded['scenario']) ?? '',
    tags,
    stream: recorded['stream'] === true,
    model: text(recorded['model']),
    fidelity: text(recorded['fidelity']) ?? 'recorded',
    sequence: sequenceOf(recorded['sequence']),
    request: {
      method: text(request['method']) ?? 'POST',
      path: text(request['url_path']) ?? '/',
      headers: headersOf(request['headers']),
      bodyText: text(request['body_text']) ?? rawBody(file, 'request'),
      recorded: request['unrecorded'] !== true,
    },
    response: { status: Number(response['status']), headers: headersOf(response['headers']), body: bytesOf(file, response) },
  };
}

function sequenceOf(recorded: unknown): Exchange['sequence'] {
  const { id, index, of } = objectOf(recorded);
  return typeof id === 'string' ? { id, index: Number(index), of: Number(of) } : null;
}

/** A recorded null is a body that was not there. */
function rawBody(file: string, side: 'request' | 'response'): string | null {
  const raw = rawMember(file, [side, 'body']);
  return raw === undefined || raw === 'null' ? null : compactJson(raw);
}

function bytesOf(file: string, response: Json): Buffer {
  const base64 = text(response['base64']);
  if (base64 !== null) return Buffer.from(base64, 'base64');
  const written = text(response['sse']) ?? text(response['ndjson']) ?? text(response['text']);
  return Buffer.from(written ?? rawBody(file, 'response') ?? '');
}

const headersOf = (headers: unknown): Record<string, string> =>
  Object.fromEntries(Object.entries(objectOf(headers)).map(([name, value]) => [name.toLowerCase(), String(value)]));
