/**
 * What a strategy is: who goes first, and who must wait although there is room. Everything else (limits, turns of tenants, bookings,
 * deadlines, permits) is the same for all. A strategy is one file in strategies/ and one line in the table below; it may remember
 * what it sees, and lives as long as the connection's owner.
 */
import type { StrategyName } from '@sluice/domain';
import type { Account } from './account.ts';
import type { Group } from './accounts.ts';
import type { Urgency } from './order.ts';
import type { Pool } from './pools.ts';
import { fifo } from './strategies/fifo.ts';
import { strict } from './strategies/strict.ts';
import { tokenScaling } from './strategies/token-scaling.ts';
import { weighted } from './strategies/weighted.ts';
import type { Capacity, Head, Reservation } from './types.ts';

/** One job that would be next of its priority. */
export interface Ask {
  readonly pool: Pool;
  readonly group: Group;
  readonly head: Head;
  readonly reservation: Reservation;
  readonly urgency: Urgency;
  readonly now: number;
}

/** Why a job waits although there is room for it in the limit. */
export interface Restraint {
  readonly kind: 'ceiling' | 'headroom' | 'pace' | 'share';
  readonly account: Account;
  /** When time alone may have changed it; Infinity when only an event can. */
  readonly until: number;
}

/** All that a strategy may look at. */
export interface Scene {
  readonly pools: ReadonlyMap<string, Pool>;
  readonly headroom: NonNullable<Capacity['headroom']>;
}

export interface Strategy {
  /** All priorities stand in one line, in order of arrival. */
  readonly oneLine: boolean;
  /** Tenants of a priority take turns by the service they had; else its jobs go in order of arrival. */
  readonly fair: boolean;
  urgencyOf(ask: Omit<Ask, 'urgency' | 'reservation'>): Urgency;
  /** Asked of the next job of each line, whether or not there is room for it. */
  restraintOf(ask: Ask, scene: Scene): Restraint | undefined;
  /** Told of each grant. `waitedMs`: since it first lacked room. */
  granted(ask: Ask, waitedMs: number): void;
}

const STRATEGIES = {
  weighted, 'adaptive-token-scaling': tokenScaling, fifo, strict,
} as const satisfies Record<StrategyName, () => Strategy>;

export const openStrategy = (name: StrategyName): Strategy => STRATEGIES[name]();
