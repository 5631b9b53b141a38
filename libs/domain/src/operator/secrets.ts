/** Secrets that are shown once, when they are made: what begins with our own prefix is found by scanners of repositories. */
import { randomBytes } from 'node:crypto';

const BYTES = 32;

/** For callers of `/v1`. */
export const newApiKey = (): string => `sk-sluice-${randomBytes(BYTES).toString('base64url')}`;

/** For the admin API: a person's own. */
export const newPersonalToken = (): string => `slo_${randomBytes(BYTES).toString('base64url')}`;

/** Shows where a secret begins and, of a long one, where it ends: enough to recognise it, never a third of it. */
export const masked = (secret: string): string => (secret.length >= 24 ? `${secret.slice(0, 5)}…${secret.slice(-3)}` : `${secret.slice(0, 3)}…`);
