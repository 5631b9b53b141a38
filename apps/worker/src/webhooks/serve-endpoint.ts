/**
 * One endpoint, for as long as it has something due and this process holds its lease: its deliveries in order of their
 * time, as many at once as the breaker allows.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { atOnce, type EndpointHealth, healthAfter } from '@sluice/domain';
import type { ClaimedEndpoint, DueDelivery } from '@sluice/store';
import type { SenderOptions } from './sender.ts';
import { LEASE_MS } from './sender.ts';
import { signingSecrets } from './signing-secrets.ts';
import { type Tried, tryDelivery } from './try-delivery.ts';

export interface Serving extends SenderOptions {
  /** The sender stops: what is under way is given up, and tried again by another. */
  readonly signal: AbortSignal;
}

/** Then another process may have it, and other endpoints of this one get their turn. */
const LONGEST_MS = 10_000;
const LOOK_AGAIN_MS = 250;

export async function serveEndpoint(endpoint: ClaimedEndpoint, serving: Serving): Promise<void> {
  const { webhooks, signal } = serving;
  const lease = keepLease(endpoint, serving);
  try {
    const secrets = await signingSecrets(endpoint, serving);
    const underWay = new Map<string, Promise<void>>();
    let health: EndpointHealth = { failures: endpoint.failures, pausedForMs: 0 };
    let failure: { readonly cause: unknown } | undefined;
    const until = performance.now() + LONGEST_MS;
    const start = (delivery: DueDelivery): void => {
      const sent = tryDelivery(delivery, { endpoint, secrets, serving })
        .then((tried) => record(tried))
        .catch((cause: unknown) => { failure ??= { cause }; })
        .finally(() => underWay.delete(delivery.eventId));
      underWay.set(delivery.eventId, sent);
    };
    const record = async (tried: Tried | null): Promise<void> => {
      if (tried === null) return; // given up because we stop: as if never tried
      health = healthAfter(health, tried.outcome.kind === 'delivered');
      serving.onTry(tried.outcome.kind);
      const gone = tried.outcome.kind === 'gone';
      if (gone) serving.log.info({ endpoint: endpoint.id }, 'the receiver answered 410: the endpoint is disabled');
      await webhooks.recordTry({ ...tried.recorded, endpoint: { ...health, gone } });
      if (gone) lease.giveUp();
    };

    for (;;) {
      const mayStart = !failure && !signal.aborted && lease.held() && performance.now() < until;
      const room = mayStart ? atOnce(health) - underWay.size : 0;
      const due = room > 0 ? await webhooks.due(endpoint.id, { most: room, underWay: [...underWay.keys()] }) : [];
      for (const delivery of due) start(delivery);
      if (underWay.size === 0) break;
      // A slow one must not keep us from seeing what becomes due beside it.
      const looks = room > due.length ? [delay(LOOK_AGAIN_MS)] : [];
      await Promise.race([...underWay.values(), ...looks]);
    }
    if (failure) throw new Error('a try could not be recorded', { cause: failure.cause });
  } finally {
    lease.giveUp();
    await webhooks.release(endpoint);
  }
}

/** Renews until given up or lost. Whoever was stopped in his tracks for longer than the lease starts nothing more. */
function keepLease(endpoint: ClaimedEndpoint, { webhooks, log }: Serving) {
  let heldUntil = performance.now() + LEASE_MS;
  const timer = setInterval(() => {
    const asked = performance.now();
    webhooks.renew(endpoint, LEASE_MS).then(
      (renewed) => { heldUntil = renewed ? asked + LEASE_MS : 0; },
      (error: unknown) => log.warn({ error, endpoint: endpoint.id }, 'the lease of an endpoint could not be renewed'),
    );
  }, LEASE_MS / 4);
  return {
    held: () => performance.now() < heldUntil,
    giveUp: () => {
      clearInterval(timer);
      heldUntil = 0;
    },
  };
}
