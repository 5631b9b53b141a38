/** What the admin API is served with. */
import type { Logger, Snapshot, UsageSource } from '@sluice/domain';
import type { Door, Operations, Queue } from '@sluice/queue';
import type { Store } from '@sluice/store';
import type { IngressMetrics } from '@sluice/telemetry';

export interface AdminParts {
  readonly store: Pick<Store, 'admin' | 'jobs' | 'webhooks' | 'batches' | 'reconcile'>;
  readonly door: Pick<Door, 'cancel' | 'endKept' | 'position' | 'pressure'>;
  readonly operations: Operations;
  readonly queue: Pick<Queue, 'complaints' | 'setCircuit'>;
  readonly usage: UsageSource;
  readonly snapshot: () => Snapshot;
  /** Tells every process of a new version, and resolves when this one has it. */
  readonly changed: (version: number) => Promise<void>;
  /** Seals what is secret; null: this process was given none. */
  readonly masterKey: Uint8Array | null;
  readonly log: Logger;
  readonly metrics: IngressMetrics;
  /** Epoch ms of Redis. */
  readonly now: () => number;
  readonly stopping: () => boolean;
}
