/** What an attempt is made with: handed down from main.ts, the same for every attempt. */
import type { Connection, Logger } from '@sluice/domain';
import type { Authorizer, CallLimits, Transport } from '@sluice/providers';
import type { Dispatch, Memory } from '@sluice/queue';
import type { WorkerMetrics } from '@sluice/telemetry';
import type { Cooldowns } from './cooldowns.ts';
import type { Guards } from './guards.ts';

export interface Tools {
  readonly dispatch: Dispatch;
  readonly memory: Memory;
  readonly transport: Transport;
  readonly authorizer: Authorizer;
  readonly limits: CallLimits;
  readonly connections: Connections;
  readonly guards: Guards;
  readonly cooldowns: Cooldowns;
  /** Redis time, epoch ms: the clock of permits. */
  readonly now: () => number;
  readonly log: Logger;
  readonly metrics: WorkerMetrics;
}

/** Of the current configuration. */
export interface Connections {
  find(id: string): Connection | undefined;
  /** By name, the same object each time as long as they stay the same. Throws when they do not open. */
  credentials(connection: Connection): Readonly<Record<string, string>>;
  /** Opens the key that a caller brought, sealed for its job. Throws when it does not open. */
  callersKey(sealed: string, job: string): string;
}
