/**
 * How unevenly tenants of one priority were served while both were waiting: the largest difference, over any stretch of time in
 * which two of them had jobs waiting throughout, between what the one and the other got for its weight.
 */

interface Tenant {
  waiting: number;
  /** Service so far, divided by the tenant's weight. */
  served: number;
}

/** Of one pair, while both wait: how far apart their services have been since. */
interface Pair {
  least: number;
  most: number;
}

export class ServiceGap {
  readonly #tenants = new Map<string, Tenant>();
  readonly #pairs = new Map<string, Pair>();
  #largest = 0;

  get largest(): number {
    return this.#largest;
  }

  joined(name: string): void {
    this.#tenantOf(name).waiting += 1;
  }

  left(name: string): void {
    const tenant = this.#tenantOf(name);
    tenant.waiting -= 1;
    if (tenant.waiting > 0) return;
    for (const other of this.#tenants.keys()) this.#pairs.delete(pairName(name, other));
  }

  /** Before the tenant's job is taken from those that wait. */
  served(name: string, service: number): void {
    const tenant = this.#tenantOf(name);
    const before = tenant.served;
    tenant.served += service;
    for (const [otherName, other] of this.#tenants) {
      if (otherName === name || other.waiting === 0) continue;
      const key = pairName(name, otherName);
      const sign = name < otherName ? 1 : -1;
      const at = (served: number): number => sign * (served - other.served);
      const pair = this.#pairs.get(key) ?? { least: at(before), most: at(before) };
      this.#pairs.set(key, pair);
      pair.least = Math.min(pair.least, at(tenant.served));
      pair.most = Math.max(pair.most, at(tenant.served));
      this.#largest = Math.max(this.#largest, pair.most - pair.least);
    }
  }

  #tenantOf(name: string): Tenant {
    const known = this.#tenants.get(name);
    if (known !== undefined) return known;
    const tenant = { waiting: 0, served: 0 };
    this.#tenants.set(name, tenant);
    return tenant;
  }
}

const pairName = (a: string, b: string): string => (a < b ? `${a} ${b}` : `${b} ${a}`);
