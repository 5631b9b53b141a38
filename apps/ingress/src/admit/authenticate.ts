/** Who is calling: one key, in either of the two headers that SDKs use. */
import { hash, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { SluiceError } from '@sluice/domain';
import type { Directory, KeyEntry } from './directory.ts';

export interface Credentials {
  readonly headers: IncomingHttpHeaders;
  /** Of the other end of the socket. */
  readonly remoteAddress: string | undefined;
}

/** Throws `invalid_api_key`. What is said is the same for unknown, disabled and expired keys: a guess learns nothing. */
export function authenticate({ headers, remoteAddress }: Credentials, directory: Directory, now: number): KeyEntry {
  const presented = presentedKey(headers);
  const hashed = hash('sha256', presented, 'hex');
  const entry = directory.keys.get(hashed);
  if (!entry || !timingSafeEqual(Buffer.from(hashed), Buffer.from(entry.key.hash))) throw refused();
  const { key } = entry;
  if (!key.enabled || (key.expiresAt !== null && key.expiresAt <= now)) throw refused();
  if (key.loopbackOnly && !isLoopback(remoteAddress)) {
    throw new SluiceError('invalid_api_key', 'this key is for the demo and answers only on the machine itself');
  }
  return entry;
}

function presentedKey(headers: IncomingHttpHeaders): string {
  const bearer = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  const named = headers['x-api-key'];
  const key = typeof named === 'string' && named !== '' ? named : undefined;
  if (bearer !== undefined && key !== undefined && bearer !== key) {
    throw new SluiceError('invalid_api_key', 'two different keys: send one, as Authorization: Bearer or as x-api-key');
  }
  const presented = bearer ?? key;
  if (presented === undefined) throw new SluiceError('invalid_api_key', 'no API key: send one as Authorization: Bearer or as x-api-key');
  return presented;
}

const refused = () => new SluiceError('invalid_api_key', 'the API key is unknown, disabled or expired');

export const isLoopback = (address: string | undefined): boolean =>
  address !== undefined && (address === '::1' || /^(::ffff:)?127\.\d+\.\d+\.\d+$/.test(address));
