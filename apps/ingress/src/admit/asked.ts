/**
 * What Sluice adds to a request, read from wherever a client could put it: a header of its own, the `x-sluice` header
 * with a JSON object, the `sluice` object of the body, or that of a stray `extra_body`. The first of these that names a
 * setting wins, because headers reach us from every SDK and bodies do not.
 */
import type { IncomingHttpHeaders } from 'node:http';
import { SluiceError } from '@sluice/domain';
import { isObject } from '@sluice/wire';
import type { JsonObject } from '@sluice/wire';
import { readDeadline, readFlag, readMetadata, readMilliseconds, readName, readRoute, readTags } from './asked-values.ts';
import type { Found } from './asked-values.ts';
import { preferredWaitMs, readKeeping } from './keeping.ts';
import type { Keeping } from './keeping.ts';

export interface Asked {
  readonly priority: string | null;
  readonly maxWaitMs: number | null;
  /** Epoch ms. */
  readonly deadline: number | null;
  readonly correlationId: string | null;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
  /** Index among the resource's routes and fallbacks, or `connection`, or `connection/model`. */
  readonly route: number | string | null;
  /** Where the route was asked for, for the message that refuses it. */
  readonly routeParam: string | null;
  readonly priorityParam: string | null;
  readonly fallback: boolean;
  /** A secret: sealed at once. */
  readonly providerKey: string | null;
  readonly keeping: Keeping;
  readonly warnings: readonly string[];
}

export interface AskedSource {
  readonly headers: IncomingHttpHeaders;
  readonly body: JsonObject;
  /** What stands beside the body of a job; wins over what stands in it. */
  readonly beside?: unknown;
  readonly stream: boolean;
  /** Epoch ms. */
  readonly now: number;
  /** May a caller of this environment bring a provider key? */
  readonly providerKeys: boolean;
}

/** Throws `invalid_request` naming the header or field that is wrong. */
export function readAsked(source: AskedSource): Asked {
  const { headers, now } = source;
  const objects = objectsOf(source);
  const find = finder(headers, objects);
  const { keeping, warnings } = readKeeping(find, source);
  const wait = find('max_wait_ms', 'x-sluice-max-wait-ms');
  const deadline = find('deadline', 'x-sluice-deadline');
  const correlation = find('correlation_id', 'x-sluice-correlation-id') ?? header(headers, 'x-request-id');
  const route = find('route', 'x-sluice-route');
  const priority = find('priority', 'x-sluice-priority');
  return {
    priority: priority ? readName(priority) : null,
    priorityParam: priority?.param ?? null,
    maxWaitMs: wait ? readMilliseconds(wait) : keeping.mode === 'async' ? null : preferredWaitMs(headers),
    deadline: deadline ? readDeadline(deadline, now) : null,
    correlationId: correlation ? readName(correlation) : null,
    tags: readTags(find('tags', 'x-sluice-tags')),
    metadata: readMetadata(find('metadata', undefined)),
    route: route ? readRoute(route) : null,
    routeParam: route?.param ?? null,
    fallback: readFlag(find('fallback', 'x-sluice-fallback'), true),
    providerKey: readProviderKey(source),
    keeping,
    warnings,
  };
}

export type Find = (name: string, header: string | undefined) => Found | undefined;

const KNOWN = new Set([
  'priority', 'max_wait_ms', 'deadline', 'mode', 'webhook', 'correlation_id', 'tags', 'metadata', 'resume', 'route', 'fallback',
]);

/** The objects a setting may stand in, each with its name as the client knows it, in order of precedence. */
function objectsOf({ headers, body, beside }: AskedSource): readonly (readonly [string, JsonObject])[] {
  const found: (readonly [string, JsonObject])[] = [];
  const add = (name: string, value: unknown) => {
    if (value === undefined || value === null) return;
    if (!isObject(value)) throw wrong(name, 'expected an object');
    const unknown = Object.keys(value).find((key) => !KNOWN.has(key));
    if (unknown !== undefined) throw wrong(name, `unknown setting; known are ${[...KNOWN].join(', ')}`);
    found.push([name, value]);
  };
  const whole = headers['x-sluice'];
  if (typeof whole === 'string') add('x-sluice', parsed(whole));
  if (beside !== undefined) add('sluice', beside);
  add(beside === undefined ? 'sluice' : 'body.sluice', body['sluice']);
  const stray = body['extra_body'];
  if (isObject(stray)) add('extra_body.sluice', stray['sluice']);
  return found;
}

function finder(headers: IncomingHttpHeaders, objects: readonly (readonly [string, JsonObject])[]): Find {
  return (name, single) => {
    const own = single === undefined ? undefined : header(headers, single);
    if (own) return own;
    for (const [object, members] of objects) {
      const value = members[name];
      if (value !== undefined && value !== null) return { value, param: `${object}.${name}`, text: false };
    }
    return undefined;
  };
}

function header(headers: IncomingHttpHeaders, name: string): Found | undefined {
  const value = headers[name];
  return typeof value === 'string' && value !== '' ? { value, param: name, text: true } : undefined;
}

const LONGEST_KEY = 8_192;

/** By header alone: bodies are kept and logged in places where no secret may be. */
function readProviderKey({ headers, providerKeys }: AskedSource): string | null {
  const key = headers[PROVIDER_KEY];
  if (key === undefined) return null;
  if (!providerKeys) throw new SluiceError('permission_denied', `${PROVIDER_KEY}: not allowed in this environment`, { param: PROVIDER_KEY });
  if (typeof key !== 'string' || !/^[\x21-\x7e]+$/.test(key) || key.length > LONGEST_KEY) throw wrong(PROVIDER_KEY, 'expected one key, without spaces');
  return key;
}

export const PROVIDER_KEY = 'x-sluice-provider-key';

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SluiceError('invalid_request', 'x-sluice: expected a JSON object', { param: 'x-sluice', cause });
  }
}

const wrong = (param: string, what: string): SluiceError => new SluiceError('invalid_request', `${param}: ${what}`, { param });
