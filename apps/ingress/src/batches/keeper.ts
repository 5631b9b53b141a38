/** Looks after the batches of all environments: any ingress may hold any of them, one at a time, by a lease. */
import type { Logger, Part } from '@sluice/domain';
import type { HeldBatch } from '@sluice/store';
import { lookAfter } from './look-after.ts';
import type { BatchParts } from './validate-batch.ts';

const LOOK_EVERY_MS = 250;
const LOOK_AGAIN_MS = 2_000;
const LEASE_MS = 15_000;
/** Batches looked after at once by this process. */
const AT_ONCE = 8;

export function startKeeper(parts: BatchParts, log: Logger): Part {
  const { batches } = parts;
  const holding = new Set<Promise<void>>();
  let stopped = false;
  let away = false;
  let timer: NodeJS.Timeout | undefined;
  let looking = Promise.resolve();

  async function hold(batch: HeldBatch): Promise<void> {
    let heldUntil = performance.now() + LEASE_MS;
    const renewing = setInterval(() => {
      const asked = performance.now();
      batches.renew(batch, LEASE_MS).then(
        (renewed) => { heldUntil = renewed ? asked + LEASE_MS : 0; },
        (error: unknown) => log.warn({ error, batch: batch.id }, 'the lease of a batch could not be renewed'),
      );
    }, LEASE_MS / 4);
    try {
      const againInMs = await lookAfter(batch, parts, () => !stopped && performance.now() < heldUntil);
      clearInterval(renewing);
      await batches.release(batch, againInMs);
    } finally {
      clearInterval(renewing);
    }
  }

  function keep(batch: HeldBatch): void {
    const held: Promise<void> = hold(batch)
      .catch((error: unknown) => log.warn({ error, batch: batch.id }, 'a batch could not be looked after; its lease will end'))
      .finally(() => holding.delete(held));
    holding.add(held);
  }

  async function look(): Promise<void> {
    try {
      if (holding.size < AT_ONCE) (await batches.claim({ leaseMs: LEASE_MS, most: AT_ONCE - holding.size })).forEach(keep);
      away = false;
    } catch (error) {
      // Once for each time Postgres goes away, not once a look.
      if (!away) log.warn({ error }, 'batches cannot be looked after');
      away = true;
    }
    if (!stopped) timer = setTimeout(() => { looking = look(); }, away ? LOOK_AGAIN_MS : LOOK_EVERY_MS);
  }
  looking = look();

  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      await looking;
      clearTimeout(timer);
      await Promise.all(holding);
    },
  };
}
