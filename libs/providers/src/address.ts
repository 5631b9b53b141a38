/** A call before and after it has an address: what any provider is asked, and what one of them is sent. */
import { members, removeMembers } from '@sluice/wire';
import type { Credentials, WireFormat } from './provider.ts';

export interface Outgoing {
  readonly format: WireFormat;
  /** `count`: only how many tokens the request has. */
  readonly purpose: 'answer' | 'count';
  /** The provider's own name of it. */
  readonly model: string;
  readonly stream: boolean;
  /** JSON in that format, `model` and `stream` in it where the format has them. */
  readonly body: Buffer;
  /** Of the client, handed on where they mean something there: `anthropic-beta`. Lower case. */
  readonly headers: Readonly<Record<string, string>>;
}

/** A configured account. */
export interface Place {
  /** Without a slash at its end. */
  readonly baseUrl: string;
  readonly credentials: Credentials;
}

/** Not yet signed. */
export interface Addressed {
  readonly method: 'POST' | 'GET';
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
}

const COMMON = { 'content-type': 'application/json', 'accept-encoding': 'identity', 'user-agent': 'sluice/0.1' };

/** `path` is appended to `base`; a query in it stays one. */
export function posted(base: string, path: string, call: Pick<Outgoing, 'stream' | 'body'>): Addressed {
  const accept = call.stream ? 'text/event-stream' : 'application/json';
  return { method: 'POST', url: new URL(`${base.replace(/\/+$/, '')}${path}`), headers: { ...COMMON, accept }, body: call.body };
}

export const asked = (base: string, path: string): Addressed => ({
  method: 'GET', url: new URL(`${base.replace(/\/+$/, '')}${path}`), headers: { ...COMMON, accept: 'application/json' }, body: null,
});

export const withHeaders = (addressed: Addressed, headers: Readonly<Record<string, string>>): Addressed =>
  ({ ...addressed, headers: { ...addressed.headers, ...headers } });

/**
 * The members that an address says instead of the body taken out, those that it wants put in, everything else byte for
 * byte as it was. Throws `JsonTextError` on what is no object.
 */
export function rewrapped(body: Buffer, remove: readonly string[], add: Readonly<Record<string, unknown>>): Buffer {
  const names = [...remove, ...Object.keys(add)];
  const bare = names.reduce((text, name) => removeMembers(text, members(text), name), body);
  const added = Object.entries(add).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`).join(',');
  if (added === '') return bare;
  const open = bare.indexOf('{') + 1;
  const comma = members(bare).length > 0 ? ',' : '';
  return Buffer.concat([bare.subarray(0, open), Buffer.from(`${added}${comma}`), bare.subarray(open)]);
}
