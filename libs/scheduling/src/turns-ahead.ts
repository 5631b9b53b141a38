/** In which order the jobs of one priority will go, as far as they are known: its tenants' turns played out on a copy. */
import type { Account } from './account.ts';
import { groupOf } from './accounts.ts';
import { Heap, type Placed } from './heap.ts';
import type { Lane, Waiting } from './lanes.ts';
import { hasTurnBefore } from './order.ts';
import type { Pool } from './pools.ts';
import { reserve } from './reserve.ts';
import { awaitedBy } from './starts.ts';
import { type State, taughtOf } from './state.ts';
import { dominantShare } from './tenants.ts';
import type { Usual } from './tempo.ts';
import type { Reservation } from './types.ts';

/** A job in the order of its priority; one that nobody has read yet is taken to be of the usual size. */
export interface Turn {
  readonly lane: Lane;
  /** Its place in the lane. */
  readonly index: number;
  /** The limits that it waits for. */
  readonly awaited: readonly Account[];
  readonly reservation: Reservation;
  readonly createdAt: number;
}

interface Runner extends Placed {
  readonly lane: Lane;
  readonly jobs: readonly Waiting[];
  next: number;
  service: number;
}

export const firstOf = (lane: Lane): Waiting | undefined => lane.jobs.find(({ state }) => state !== 'gone');
export const waitingIn = (lane: Lane): number => lane.known + lane.unknown;

/** The first `most` of them. Lanes of one tenant are taken for those of several. */
export function* turnsOf(state: State, pool: Pool, most: number): Generator<Turn> {
  const { fair } = state.strategy;
  const line = new Heap<Runner>((a, b) => hasTurnBefore(standingOf(a, fair), standingOf(b, fair)));
  for (const lane of state.lanes.byName.values()) {
    const jobs = lane.jobs.filter(({ state: is }) => is !== 'gone');
    if (lane.pool === pool && jobs.length > 0) line.put({ lane, jobs, next: 0, service: lane.tenant.service, place: -1 });
  }
  for (let taken = 0; taken < most; taken += 1) {
    const runner = line.peek();
    if (runner === undefined) return;
    const turn = turnOf(state, runner);
    yield turn;
    runner.next += 1;
    runner.service += dominantShare(groupOf(state.accounts, turn.reservation.model), turn.reservation) / runner.lane.told.weight;
    if (runner.next >= waitingIn(runner.lane)) line.remove(runner);
    else line.put(runner);
  }
}

function turnOf(state: State, { lane, jobs, next }: Runner): Turn {
  // Behind the known the known come again: they tell of sizes where nothing is usual yet.
  const { head } = jobOf(jobs, next % jobs.length);
  const { model, createdAt } = head;
  const expected = reserve(head, state.accounts.counting, taughtOf(state, model));
  const usual = next < jobs.length ? undefined : state.tempo.usual.get(lane.pool);
  const reservation = usual === undefined ? expected : { ...expected, ...sizeOf(usual) };
  return { lane, index: next, createdAt, awaited: awaitedBy(state.accounts, reservation), reservation };
}

export const sizeOf = ({ inputTokens, outputTokens }: Usual) => ({ inputTokens, outputTokens, extraOutputTokens: 0 });

const standingOf = ({ jobs, next, service }: Runner, fair: boolean) => {
  const { head: { createdAt, id } } = jobOf(jobs, next);
  return { service: fair ? service : 0, createdAt, id };
};

function jobOf(jobs: readonly Waiting[], index: number): Waiting {
  const job = jobs[index] ?? jobs.at(-1);
  if (job === undefined) throw new Error('a lane without a known job takes no turns');
  return job;
}
