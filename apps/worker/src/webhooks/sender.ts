/**
 * Sends webhooks: claims endpoints that have something due, and serves each by itself, so that one that is slow or dead
 * takes nothing from the others.
 */
import type { Logger, Part, Snapshot } from '@sluice/domain';
import type { OutsidePost } from '@sluice/providers';
import type { ClaimedEndpoint, WebhookVerbs } from '@sluice/store';
import { serveEndpoint } from './serve-endpoint.ts';

export interface SenderOptions {
  readonly webhooks: WebhookVerbs;
  readonly outside: OutsidePost;
  readonly masterKey: Uint8Array;
  readonly snapshot: () => Snapshot;
  /** Unique per process start. */
  readonly holder: string;
  readonly log: Logger;
  readonly onTry: (outcome: 'delivered' | 'failed' | 'gone') => void;
  readonly random?: () => number;
}

/** How soon something new is noticed. */
const LOOK_EVERY_MS = 250;
/** After the store could not be asked. */
const LOOK_AGAIN_MS = 2_000;
/** Endpoints served at once by this process; each has at most 4 deliveries under way. */
const MOST_ENDPOINTS = 256;
/** A sender that dies is replaced after this. */
export const LEASE_MS = 20_000;

export function startSender(options: SenderOptions): Part {
  const { webhooks, holder, log } = options;
  const serving = new Set<Promise<void>>();
  const stopping = new AbortController();
  let away = false;

  async function look(): Promise<void> {
    const free = MOST_ENDPOINTS - serving.size;
    if (free === 0) return;
    for (const endpoint of await webhooks.claim({ holder, leaseMs: LEASE_MS, most: free })) serve(endpoint);
  }

  function serve(endpoint: ClaimedEndpoint): void {
    const served = serveEndpoint(endpoint, { ...options, signal: stopping.signal })
      .catch((error: unknown) => log.warn({ error, endpoint: endpoint.id }, 'an endpoint could not be served; its lease will end'))
      .finally(() => serving.delete(served));
    serving.add(served);
  }

  let timer: NodeJS.Timeout | undefined;
  let looking = Promise.resolve();
  const again = (afterMs: number): void => {
    if (!stopping.signal.aborted) timer = setTimeout(() => { looking = lookAndGoOn(); }, afterMs);
  };
  async function lookAndGoOn(): Promise<void> {
    try {
      await look();
      away = false;
      again(LOOK_EVERY_MS);
    } catch (error) {
      // Once for each time Postgres goes away, not once a look.
      if (!away) log.warn({ error }, 'webhooks cannot be looked up');
      away = true;
      again(LOOK_AGAIN_MS);
    }
  }
  again(0);

  return {
    async stop() {
      stopping.abort();
      clearTimeout(timer);
      await looking;
      await Promise.all(serving);
    },
  };
}
