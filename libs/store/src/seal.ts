/**
 * Credentials at rest: XChaCha20-Poly1305 (libsodium's construction) under the installation's master key, bound to the
 * connection they belong to, so that a row copied onto another connection does not open.
 *
 * Format: `s1.` and base64url of nonce (24 bytes), ciphertext and tag (16 bytes).
 */
import { randomBytes } from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';

const VERSION = 's1.';
const NONCE_BYTES = 24;
const KEY_BYTES = 32;

/** 32 bytes from base64 (either alphabet). Throws on any other length, without the key in the message. */
export function parseMasterKey(base64: string): Uint8Array {
  const key = /^[A-Za-z0-9+/_-]+=*$/.test(base64) ? Buffer.from(base64, 'base64') : Buffer.alloc(0);
  if (key.length === KEY_BYTES) return key;
  throw new Error(`the master key must be ${KEY_BYTES} bytes in base64, such as: openssl rand -base64 32`);
}

export function seal(secret: string, masterKey: Uint8Array, connectionId: string): string {
  // 24 random bytes never repeat in practice: the reason for the X in the name.
  const nonce = randomBytes(NONCE_BYTES);
  const sealed = xchacha20poly1305(masterKey, nonce, Buffer.from(connectionId)).encrypt(Buffer.from(secret));
  return VERSION + Buffer.concat([nonce, sealed]).toString('base64url');
}

/** Throws when key, connection or content is not what it was sealed with; the message names the connection only. */
export function open(sealed: string, masterKey: Uint8Array, connectionId: string): string {
  if (!sealed.startsWith(VERSION)) {
    throw new Error(`credentials of ${connectionId} are sealed in a format this release does not know`);
  }
  const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64url');
  const nonce = bytes.subarray(0, NONCE_BYTES);
  try {
    const opened = xchacha20poly1305(masterKey, nonce, Buffer.from(connectionId)).decrypt(bytes.subarray(NONCE_BYTES));
    return Buffer.from(opened).toString();
  } catch (cause) {
    throw new Error(`credentials of ${connectionId} do not open: another master key, another connection, or damaged`, { cause });
  }
}

/** A connection's credentials by name, such as `api_key`; none when it has none. To be called at the moment of use. */
export function openCredentials(
  connection: { readonly id: string; readonly sealedCredentials: string | null }, masterKey: Uint8Array,
): Readonly<Record<string, string>> {
  if (connection.sealedCredentials === null) return {};
  // Sealed by `reconcile`, and authenticated: nobody else can have written it.
  return JSON.parse(open(connection.sealedCredentials, masterKey, connection.id)) as Record<string, string>;
}
