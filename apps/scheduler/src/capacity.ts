/** What a configured connection allows, in the words of `step`. Pure. */
import { type Connection, isLong, type Limit, limitName, type Resource, type StrategyName } from '@sluice/domain';
import { profiles } from '@sluice/providers/profiles';
import type { Capacity, LimitState, OutputCounting } from '@sluice/scheduling';

export const UNSENT = 'workers/unsent';
export const SLOTS = 'workers/slots';

const SEND_WITHIN_MS = 2_000;
/** Longer than any call may last: a claimed permit of which nothing is heard is settled as lost by redelivery long before. */
const LEASE_MS = 20 * 60_000;

export interface Given {
  /** What is lent to this connection of the workers' free slots, and how many it may hold open. */
  readonly slots: { readonly unsent: number; readonly open: number };
  readonly strategy: StrategyName;
  /** Models whose calls have another route to go to when they fail. */
  readonly elsewhere: readonly string[];
}

export function capacityOf(connection: Connection, { slots, strategy, elsewhere }: Given): Capacity {
  return {
    limits: [
      ...shortLimits(connection).map((limit): LimitState => ({ id: limitName(limit), limit, kind: 'own' })),
      { id: UNSENT, limit: concurrency(slots.unsent), kind: 'unsent' },
      { id: SLOTS, limit: concurrency(slots.open), kind: 'slots' },
    ],
    outputCounting: countingOf(connection),
    sendWithinMs: SEND_WITHIN_MS,
    leaseMs: LEASE_MS,
    paused: connection.state === 'paused',
    strategy,
    headroom: connection.headroom,
    elsewhere,
  };
}

/** The models of a connection that some resource can also send elsewhere. */
export function elsewhereOf(resources: readonly Resource[], connection: string): readonly string[] {
  const models = resources.flatMap(({ routes, fallback }) => {
    const all = [...routes, ...fallback];
    return all.length < 2 ? [] : all.slice(0, fallback.length > 0 ? -1 : undefined).filter((route) => route.connection === connection);
  }).map(({ model }) => model);
  return [...new Set(models)];
}

export const countingOf = (connection: Connection): OutputCounting => profiles.get(connection.provider)?.outputCounting ?? 'unknown';

/** Those that the ledger counts; long ones are kept in Postgres. */
export const shortLimits = ({ limits }: Connection): readonly Limit[] => limits.filter((limit) => !isLong(limit));

const concurrency = (amount: number): Limit => ({ dimension: 'concurrency', amount, windowMs: 0, window: 'sliding' });

/** The longest window whose charges a new owner must know, ms. */
export const longestWindowMs = (connection: Connection): number => Math.max(0, ...shortLimits(connection).map(({ windowMs }) => windowMs));
