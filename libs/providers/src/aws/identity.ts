/**
 * Whose signature it is: static keys, a role assumed with them (with an external id, where another account's role asks for
 * one), or what the machine itself has: environment, files, instance, container, in the order of AWS' own SDKs.
 */
import { fromNodeProviderChain, fromTemporaryCredentials } from '@aws-sdk/credential-providers';
import { isIdentityExpired, doesIdentityRequireRefresh, memoizeIdentityProvider } from '@smithy/core';
import type { Credentials } from '../provider.ts';
import type { AwsIdentity } from './signed.ts';

interface StaticKeys {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string;
}

/** Asked for each call: the identity is kept until shortly before it ends. */
export function identityOf(credentials: Credentials): () => Promise<AwsIdentity> {
  const { access_key_id: id, secret_access_key: secret, session_token: sessionToken, role_arn: role } = credentials;
  const own: StaticKeys | null = id && secret ? { accessKeyId: id, secretAccessKey: secret, ...(sessionToken ? { sessionToken } : {}) } : null;
  if (own && !role) return async () => own;
  const source = role ? assumed(credentials, role, own) : fromNodeProviderChain();
  const kept = memoizeIdentityProvider<AwsIdentity & { readonly expiration?: Date }>(source, isIdentityExpired, doesIdentityRequireRefresh);
  if (!kept) throw new Error('an identity provider was given, and none came back');
  return () => kept();
}

function assumed(credentials: Credentials, role: string, own: StaticKeys | null) {
  const { external_id: externalId, region } = credentials;
  return fromTemporaryCredentials({
    ...(own ? { masterCredentials: own } : {}),
    params: { RoleArn: role, RoleSessionName: 'sluice', ...(externalId ? { ExternalId: externalId } : {}) },
    clientConfig: { ...(region ? { region } : {}), maxAttempts: 2 },
  });
}
