/** Signatures of Standard Webhooks, https://www.standardwebhooks.com: symmetric, `v1`, one for each secret in force. */
import { createHmac, randomBytes } from 'node:crypto';

const PREFIX = 'whsec_';
/** As the specification bounds them. */
const LEAST_BYTES = 24;
const MOST_BYTES = 64;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

export const newWebhookSecret = (): string => PREFIX + randomBytes(32).toString('base64');

/** `whsec_` and 24 to 64 bytes in base64. */
export function isWebhookSecret(text: string): boolean {
  const bytes = text.startsWith(PREFIX) && BASE64.test(text.slice(PREFIX.length)) ? keyOf(text).length : 0;
  return bytes >= LEAST_BYTES && bytes <= MOST_BYTES;
}

export interface Signed {
  readonly id: string;
  /** Epoch seconds of this try: receivers refuse what is older than some minutes. */
  readonly timestamp: number;
  readonly body: string;
  /** The current one first; two while a secret is being replaced. */
  readonly secrets: readonly string[];
}

export function webhookHeaders({ id, timestamp, body, secrets }: Signed): Readonly<Record<string, string>> {
  const signatures = secrets.map((secret) => `v1,${createHmac('sha256', keyOf(secret)).update(`${id}.${timestamp}.${body}`).digest('base64')}`);
  return { 'webhook-id': id, 'webhook-timestamp': String(timestamp), 'webhook-signature': signatures.join(' ') };
}

const keyOf = (secret: string): Buffer => Buffer.from(secret.slice(PREFIX.length), 'base64');
