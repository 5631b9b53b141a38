/** A request with AWS' signature (version 4): over its address, its headers and its body. */
import { Sha256 } from '@smithy/core/checksum';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Addressed } from '../address.ts';

export interface AwsIdentity {
  readonly accessKeyId: string;
  readonly secretAccessKey: string;
  readonly sessionToken?: string | undefined;
}

/** The headers that it is sent with besides its own. `at`: epoch ms; AWS refuses what is more than five minutes off. */
export async function signatureHeaders(
  { method, url, headers, body }: Addressed, identity: AwsIdentity, scope: { readonly region: string; readonly service: string; readonly at: number },
): Promise<Record<string, string>> {
  const { accessKeyId, secretAccessKey, sessionToken } = identity;
  const credentials = { accessKeyId, secretAccessKey, ...(sessionToken ? { sessionToken } : {}) };
  const signer = new SignatureV4({ credentials, region: scope.region, service: scope.service, sha256: Sha256 });
  const signed = await signer.sign({
    method, protocol: url.protocol, hostname: url.hostname, path: url.pathname, query: Object.fromEntries(url.searchParams),
    headers: { ...signable(headers), host: url.host }, body: body ?? Buffer.alloc(0),
  }, { signingDate: new Date(scope.at) });
  // The connection itself says the host.
  return Object.fromEntries(Object.entries(signed.headers).filter(([name]) => name !== 'host' && !(name in headers)));
}

/** What a proxy on the way may change is not signed. */
const signable = (headers: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => name === 'content-type'));
