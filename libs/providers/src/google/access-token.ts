/**
 * Google's access tokens: one that was configured, one for a service account (its key signs a request for it), or what the
 * machine itself has (the default chain: environment, gcloud's file, metadata server). Kept until shortly before its end.
 */
import { GoogleAuth } from 'google-auth-library';
import type { Credentials } from '../provider.ts';
import type { TokenSource } from '../token.ts';

const SCOPE = 'https://www.googleapis.com/auth/cloud-platform';

/** Throws where `service_account` is no JSON, or no key of a service account. */
export function googleToken(credentials: Credentials, send: typeof fetch): TokenSource {
  const { access_token: given, service_account: account } = credentials;
  if (given) return async () => given;
  const clientOptions = { transporterOptions: { fetchImplementation: send } };
  const auth = new GoogleAuth({ scopes: SCOPE, clientOptions, ...(account ? { credentials: keyOf(account) } : {}) });
  return async () => {
    const token = await auth.getAccessToken();
    if (!token) throw new Error('Google gave no access token for the credentials of this connection');
    return token;
  };
}

function keyOf(account: string): object {
  const key = parsed(account);
  if (key === undefined) throw new Error('service_account is not JSON: paste the whole key file');
  if (typeof key !== 'object' || key === null || !('type' in key)) throw new Error('service_account is no key file of Google: it has no type');
  return key;
}

/** Without what the parser says of it: that quotes the text, which holds a private key. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
