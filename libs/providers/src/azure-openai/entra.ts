/** Tokens of Microsoft Entra: one that was configured, or one for an application (client credentials of OAuth 2.0). */
import { objectOf } from '@sluice/wire';
import type { Credentials } from '../provider.ts';
import { keptToken, type FetchedToken, type TokenSource } from '../token.ts';

const AUTHORITY = 'https://login.microsoftonline.com';
const SCOPE = 'https://cognitiveservices.azure.com/.default';

/** Null where the credentials are a key, or none. */
export function entraToken(credentials: Credentials, send: typeof fetch, now: () => number): TokenSource | null {
  const { entra_token: given, tenant_id: tenant, client_id: client, client_secret: secret } = credentials;
  if (given) return async () => given;
  if (!tenant || !client || !secret) return null;
  const form = new URLSearchParams({ grant_type: 'client_credentials', client_id: client, client_secret: secret, scope: SCOPE });
  return keptToken(async (): Promise<FetchedToken> => {
    const answer = await send(`${AUTHORITY}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`, {
      method: 'POST', headers: { 'content-type': 'application/x-www-form-urlencoded' }, body: form.toString(), signal: AbortSignal.timeout(10_000),
    });
    const body = objectOf(await answer.json());
    const token = body?.['access_token'];
    // `error` is a code of OAuth; the description beside it names the application, and stays here.
    if (typeof token !== 'string') throw new Error(`Entra gave no token for this application: ${answer.status} ${String(body?.['error'] ?? '')}`);
    return { token, expiresInMs: Number(body?.['expires_in'] ?? 3_600) * 1_000 };
  }, now);
}
