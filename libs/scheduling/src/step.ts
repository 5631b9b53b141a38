/**
 * `step`: what the owner of a connection decides, each time anything happens or time has come.
 *
 * Promised
 * - Never above a limit: a permit counts from its grant until one window after its latest possible arrival (input, requests) and,
 *   where output counts as it is produced, after its end. Nobody else's count is trusted, and nothing is forgotten earlier.
 * - Work-conserving: whoever may go, goes now. A job waits only for a limit it lacks room in, for a job booked before it, for its
 *   strategy (ceiling, headroom, pace), for the connection (paused, cooling down), or because the next job of a lane before it is
 *   not known.
 * - Under `weighted`: every priority gets its reserved share while it has work, none more than its ceiling; two tenants that both
 *   wait differ by at most twice the largest call; a booked call is passed only by what does not move its time.
 * - Same state, events and now: same decisions, in whatever order independent events are given.
 *
 * How it hangs together
 *
 *   events ──▶ take-in ──▶ overdue ──▶ allot ──▶ decisions
 *                │                       │
 *     accounts   what each limit holds   lines      one per priority and group of limits: strands of lanes, by turn (lines.ts)
 *     pools      what of it is whose     order      owed ≻ aged ≻ ranked; inside a priority the least service (order.ts, tenants.ts)
 *     permits    from grant to settled   strategy   who must wait although there is room (strategy.ts, strategies/)
 *     lanes      who waits               bookings   what those behind a blocked call may take (bookings.ts)
 *
 *   owed       used(priority) < reserved × amount, for each shared limit
 *   turn       service = Σ over calls of (largest demand × window ÷ amount) ÷ weight, corrected at settlement
 *   spare      amount − taken(T) − demand of those booked until T
 *   headroom   max(floor, max over h of m·h + z·√(v·h) − freed(h)), see headroom.ts
 *
 * Why this way
 * - Decided in memory by one owner per connection and written by a fenced script: the windows need not be counted in Redis, and
 *   the same code runs in the simulator on a virtual clock.
 * - Take in, then decide: all that happened is taken in before anything is granted, so a batch of reports frees room once and a
 *   new limit holds at once. Overdue jobs and permits come before grants: an expired job is never granted.
 * - Cost: a decision is O(log lanes) and O(limits); charges are O(1) amortised; idle lanes and limits cost nothing. `wakeAt` is
 *   exact to the sub-interval; only what headroom holds is looked at again each 20 ms.
 *
 * `step` owns the state it is given and changes it. Callers keep only the one it returns.
 */
import { allot } from './allot.ts';
import { nextGate, noteProbes, setGates } from './gates.ts';
import { dryLanes } from './lanes.ts';
import { dealWithOverdue, nextOverdue } from './overdue.ts';
import type { State } from './state.ts';
import { takeIn } from './take-in.ts';
import type { Decision, Event } from './types.ts';
import { refreshWords, sampleWords } from './word.ts';

export interface Step {
  readonly state: State;
  readonly decisions: readonly Decision[];
  /** When time alone may change the answer, epoch ms; Infinity when only an event can. */
  readonly wakeAt: number;
  /** Lanes whose known heads are used up while more are waiting, in order of name. Who would go after them waits until a `lane`
   *  event tells of more, to be read after these decisions were applied. */
  readonly refill: readonly string[];
}

/** `now`: epoch ms, never less than in the step before. */
export function step(state: State, events: readonly Event[], now: number): Step {
  if (!takeIn(state, events, now)) return { state, decisions: [], wakeAt: Number.POSITIVE_INFINITY, refill: [] };
  const overdue = dealWithOverdue(state, now);
  refreshWords(state, now);
  setGates(state, now);
  const { decisions, nextAt } = allot(state, now);
  noteProbes(state, decisions);
  sampleWords(state, now);
  if (events.length + overdue.length + decisions.length > 0) state.version += 1;
  return {
    state,
    decisions: overdue.length === 0 ? decisions : [...overdue, ...decisions],
    wakeAt: Math.min(nextAt, nextOverdue(state), nextGate(state)),
    refill: dryLanes(state.lanes),
  };
}
