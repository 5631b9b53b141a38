/**
 * Looks at AWS' signature (version 4) as the service does: from its description, not from the library that signs.
 * https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
 */
import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';

/** What the service knows of a key, by its id. */
export interface AwsKey {
  readonly secret: string;
  /** Of a key that is lent for a while. */
  readonly sessionToken?: string;
}

export interface SignedRequest {
  readonly method: string;
  /** As it was sent: escaped, with its query. */
  readonly target: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

const SKEW_MS = 5 * 60_000;
const PARTS = /^AWS4-HMAC-SHA256 Credential=([^/]+)\/(\d{8}\/[a-z0-9-]+\/bedrock\/aws4_request), ?SignedHeaders=([^,]+), ?Signature=([0-9a-f]{64})$/;

/** Is it signed by that key, now (epoch ms), over everything that was sent? */
export function isSigned(request: SignedRequest, key: AwsKey, now: number): boolean {
  const { headers } = request;
  const [, , scope = '', names = '', signature = ''] = PARTS.exec(headers.authorization ?? '') ?? [];
  const stamp = String(headers['x-amz-date'] ?? '');
  if (signature === '' || Math.abs(now - timeOf(stamp)) > SKEW_MS) return false;
  if (headers['x-amz-security-token'] !== key.sessionToken || !names.split(';').includes('host')) return false;
  const text = ['AWS4-HMAC-SHA256', stamp, scope, sha256(canonical(request, names))].join('\n');
  const secret = scope.split('/').reduce<Buffer | string>((by, part) => hmac(by, part), `AWS4${key.secret}`);
  return timingSafeEqual(hmac(secret, text), Buffer.from(signature, 'hex'));
}

function canonical({ method, target, headers, body }: SignedRequest, names: string): string {
  const [path = '', search = ''] = target.split(/\?(.*)/s, 2);
  const query = [...new URLSearchParams(search)].map(([name, value]) => `${escaped(name)}=${escaped(value)}`).sort().join('&');
  const signed = names.split(';').map((name) => `${name}:${String(headers[name] ?? '').trim().replace(/ +/g, ' ')}\n`).join('');
  // Every service but S3 escapes the path once more.
  return [method, path.split('/').map(escaped).join('/'), query, signed, names, sha256(body)].join('\n');
}

const escaped = (text: string): string =>
  encodeURIComponent(text).replace(/[!'()*]/g, (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`);

/** `20260101T000000Z`. */
const timeOf = (stamp: string): number => Date.parse(stamp.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/, '$1-$2-$3T$4:$5:$6Z'));

const sha256 = (data: string | Buffer): string => createHash('sha256').update(data).digest('hex');
const hmac = (by: Buffer | string, text: string): Buffer => createHmac('sha256', by).update(text).digest();
