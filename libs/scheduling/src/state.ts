/** All that the owner of a connection remembers. Everything can be rebuilt from capacity, lanes and permits. */
import type { Learned, Priority } from '@sluice/domain';
import { type Accounts, noAccounts } from './accounts.ts';
import { type Lanes, noLanes } from './lanes.ts';
import { noPermits, type Permits } from './permits.ts';
import { ALL, closedGate, type Gate } from './gate.ts';
import { noPools, type Pools } from './pools.ts';
import type { Taught } from './reserve.ts';
import { openStrategy, type Strategy } from './strategy.ts';
import { noResting, type Resting } from './scopes.ts';
import { openTempo, type Tempo } from './tempo.ts';
import type { Capacity, Event, LimitState } from './types.ts';
import type { Word } from './word.ts';

export interface State {
  /** Until the capacity is known nothing is decided; what is told before is kept in `early`. */
  capacity: Capacity | undefined;
  early: readonly Event[];
  priorities: readonly Priority[];
  accounts: Accounts;
  readonly permits: Permits;
  readonly lanes: Lanes;
  readonly pools: Pools;
  strategy: Strategy;
  /** What was last lent of each limit whose amount moves. */
  readonly lent: Map<string, number>;
  cooldownUntil: number;
  readonly tempo: Tempo;
  readonly resting: Resting;
  /** Grows with each step that changed something: two answers about one version are about the same ledger. It begins with the owner's
   *  fencing number, so that no two owners use one version. */
  version: number;
  /** What settled calls have taught, by model. */
  readonly taught: Map<string, Learned>;
  /** What the provider said of limits, by their ids, and those of them that were not configured. */
  readonly words: Map<string, Word>;
  readonly learned: Map<string, LimitState>;
  /** By model, `*` for the connection: those that anything is known of. */
  readonly gates: Map<string, Gate>;
}

/** `firstPermit`: the owner's fencing number. Its permits are numbered upwards from there, so that no two owners use one
 *  number. */
export function initial(firstPermit: number): State {
  const permits = noPermits(firstPermit);
  return {
    capacity: undefined, early: [], priorities: [], accounts: noAccounts, permits,
    lanes: noLanes((head) => permits.byHead.has(head)), pools: noPools(), strategy: openStrategy('weighted'),
    lent: new Map(), cooldownUntil: Number.NEGATIVE_INFINITY, tempo: openTempo(), resting: noResting(), version: firstPermit - 1, taught: new Map(), words: new Map(), learned: new Map(), gates: new Map([[ALL, closedGate(ALL)]]),
  };
}

/** What is known of a model's calls. */
export const taughtOf = ({ taught, permits }: State, model: string): Taught =>
  ({ learned: taught.get(model), inFlight: permits.openOf.get(model) ?? 0, settled: permits.settledOf.get(model) ?? 0 });
