/**
 * Connections to addresses that others name. Look-up, vetting and connecting are one step: the address that was vetted is
 * the one connected to, so that a name whose answers change between two look-ups gains nothing. Literals are vetted here
 * as well: look-up hooks never see them.
 */
import { lookup as systemLookup } from 'node:dns';
import { isIP } from 'node:net';
import { hostOf, isPublicAddress } from '@sluice/domain';
import { buildConnector } from 'undici';

export interface Address {
  readonly address: string;
}
/** Every address of a name. */
export type LookUp = (host: string) => Promise<readonly Address[]>;

/** The name leads to no address that may be called; the message repeats neither it nor the addresses. */
export class ForbiddenAddress extends Error {
  constructor() {
    super('the host is not at a public address');
    this.name = 'ForbiddenAddress';
  }
}

export interface VettedOptions {
  readonly connectMs: number;
  /** Private addresses as well: the environment allows them. */
  readonly allowPrivate: boolean;
  readonly lookUp?: LookUp;
}

export function vettedConnector({ connectMs, allowPrivate, lookUp = everyAddress }: VettedOptions): buildConnector.connector {
  const connect = buildConnector({ timeout: connectMs });
  return (options, callback) => {
    // Through `URL`, which brings every notation of an address into one.
    const host = isIP(options.hostname) === 6 ? options.hostname : hostOf(new URL(`http://${options.hostname}`));
    vetted(host, { allowPrivate, lookUp }).then(
      (address) => connect({ ...options, hostname: address, servername: options.servername ?? (isIP(host) === 0 ? host : '') }, callback),
      (error: unknown) => callback(error instanceof Error ? error : new Error(String(error)), null),
    );
  };
}

async function vetted(host: string, { allowPrivate, lookUp }: { allowPrivate: boolean; lookUp: LookUp }): Promise<string> {
  const addresses = isIP(host) === 0 ? await lookUp(host) : [{ address: host }];
  const allowed = addresses.find(({ address }) => allowPrivate || isPublicAddress(address));
  if (!allowed) throw new ForbiddenAddress();
  return allowed.address;
}

const everyAddress: LookUp = (host) => new Promise((resolve, reject) => {
  systemLookup(host, { all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
});
