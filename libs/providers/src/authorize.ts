/**
 * How calls show whose they are: for each way of it, the headers of one call. Tokens and identities are kept here. AWS' and
 * Google's libraries are loaded by the first call that needs them: they take a fifth of a second, and most need neither.
 */
import { entraToken } from './azure-openai/entra.ts';
import type { Addressed } from './address.ts';
import { credentialHeaders, type Credentials, type Profile } from './provider.ts';
import type { TokenSource } from './token.ts';

export interface Authorizer {
  /**
   * The headers that go on an addressed call besides its own. The same object of credentials is the same account: what was
   * fetched for it is used again. Rejects where no token or identity is to be had; the message is fit to be logged.
   */
  headersFor(call: Addressed, profile: Profile, credentials: Credentials): Promise<Readonly<Record<string, string>>>;
}

export interface AuthorizerOptions {
  /** Epoch ms, of the real time: signatures carry it. */
  readonly now: () => number;
  /** For fetching tokens, never for calls to models. */
  readonly fetch?: typeof fetch;
}

export function openAuthorizer({ now, fetch: send = fetch }: AuthorizerOptions): Authorizer {
  const google = keptFor(async (credentials): Promise<TokenSource> => (await import('./google/access-token.ts')).googleToken(credentials, send));
  const entra = keptFor((credentials): TokenSource | null => entraToken(credentials, send, now));
  const signers = keptFor(async (credentials) => {
    const [{ identityOf }, { signatureHeaders }] = await Promise.all([import('./aws/identity.ts'), import('./aws/signed.ts')]);
    return { identity: identityOf(credentials), signatureHeaders };
  });
  return {
    async headersFor(call, profile, credentials) {
      const keys = credentialHeaders(profile, credentials);
      if (Object.keys(keys).length > 0) return keys;
      switch (profile.authentication) {
        case 'headers': return keys;
        case 'google': return bearer(await (await google(credentials))());
        case 'entra': {
          const token = entra(credentials);
          return token ? bearer(await token()) : {};
        }
        case 'aws': {
          const { identity, signatureHeaders } = await signers(credentials);
          return signatureHeaders(call, await identity(), { region: regionOf(call, credentials), service: 'bedrock', at: now() });
        }
        default: return profile.authentication satisfies never;
      }
    },
  };
}

const bearer = (token: string): Record<string, string> => ({ authorization: `Bearer ${token}` });

/** As configured, or as the address of the service says it. */
function regionOf({ url }: Addressed, { region }: Credentials): string {
  const named = region ?? /^bedrock(?:-runtime)?(?:-fips)?\.([a-z0-9-]+)\.amazonaws\.com/.exec(url.hostname)?.[1];
  if (named === undefined) throw new Error('the region of this connection is not known: give credentials.region');
  return named;
}

/** One for each object of credentials, for as long as anyone holds that. */
function keptFor<T>(make: (credentials: Credentials) => T): (credentials: Credentials) => T {
  const kept = new WeakMap<Credentials, { readonly made: T }>();
  return (credentials) => {
    const known = kept.get(credentials) ?? { made: make(credentials) };
    kept.set(credentials, known);
    return known.made;
  };
}
