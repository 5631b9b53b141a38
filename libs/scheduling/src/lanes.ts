/**
 * What is known of the waiting jobs, kept so that the next one to go is found without looking at all lanes.
 *
 * A lane's known heads are split into *strands*, one per group of models (jobs of one strand wait for the same limits). The strands
 * of one priority and one group stand in a *line* (lines.ts), by turn. So the next of a line is at hand, a line that may not go is
 * passed over whole, and a lane that has nothing to offer stands nowhere.
 *
 * The known heads are a prefix of their lane. A lane whose known heads are used up while more are waiting is *dry*: who comes
 * next in it is not known, so nobody who would go after it may go until it is told of again.
 */
import { type Accounts, type Group, groupOf } from './accounts.ts';
import { Heap, type Placed } from './heap.ts';
import { leastService, lineOf, type Lines, reposition, type Strand, takeOut } from './lines.ts';
import type { Pool } from './pools.ts';
import { join, type Tenant } from './tenants.ts';
import type { Head, LaneHeads } from './types.ts';

export interface Waiting {
  readonly head: Head;
  readonly lane: Lane;
  /** Its order in the lane. */
  readonly index: number;
  /** `early`: not before its time. `gone`: granted, expired, or replaced. */
  state: 'ready' | 'early' | 'gone';
}

export interface Lane extends Placed {
  readonly told: LaneHeads;
  readonly pool: Pool;
  readonly tenant: Tenant;
  jobs: readonly Waiting[];
  readonly strands: Map<Group, Strand>;
  /** Known heads still waiting, and jobs behind the known. */
  known: number;
  unknown: number;
  /** When the first known head becomes ready or expires, and which; one that has gone since is looked past later. */
  dueAt: number;
  dueJob: Waiting | undefined;
}

export interface Lanes {
  readonly byName: Map<string, Lane>;
  readonly lines: Lines;
  /** Lanes by tenant: their strands move when its service changes. */
  readonly byTenant: Map<Tenant, Set<Lane>>;
  readonly due: Heap<Lane>;
  readonly dry: Set<Lane>;
  /** Whether a head holds a permit already. */
  readonly isTaken: (head: string) => boolean;
}

export const noLanes = (isTaken: Lanes['isTaken']): Lanes => ({
  isTaken, byName: new Map(), lines: new Map(), byTenant: new Map(), dry: new Set(),
  due: new Heap<Lane>((a, b) => (a.dueAt !== b.dueAt ? a.dueAt < b.dueAt : a.told.lane < b.told.lane)),
});

/** Replaces what was known of this lane, leaving out heads that are taken (the lane was read before they were moved). */
export function setLane(lanes: Lanes, pool: Pool, told: LaneHeads): void {
  if (told.heads.length === 0) return forgetLane(lanes, told.lane);
  const heads = told.heads.filter(({ id }) => !lanes.isTaken(id));
  seat(lanes, pool, { told, heads, unknown: Math.max(0, told.waiting - told.heads.length) });
}

function seat(lanes: Lanes, pool: Pool, { told, heads, unknown }: Pick<Lane, 'told' | 'unknown'> & { heads: readonly Head[] }): void {
  const before = lanes.byName.get(told.lane);
  // Joined before the old lane is forgotten: a tenant whose lane is told of again has not been idle.
  const tenant = join(pool.tenants, told.tenant, before?.pool === pool ? before.tenant.service : leastService(lanes.lines, pool));
  forgetLane(lanes, told.lane);
  const lane: Lane = {
    told, pool, tenant, unknown, jobs: [], strands: new Map(), known: heads.length,
    dueAt: Number.POSITIVE_INFINITY, dueJob: undefined, place: -1,
  };
  lane.jobs = heads.map((head, index): Waiting => ({ head, lane, index, state: 'early' }));
  lanes.byName.set(told.lane, lane);
  lanes.byTenant.set(tenant, (lanes.byTenant.get(tenant) ?? new Set()).add(lane));
  // Heads are let in once they are due, those that are now in the step that told of them.
  lookAhead(lanes, lane);
  if (lane.known === 0) usedUp(lanes, lane);
}

/** More jobs behind those that are known. Of a lane that nothing is known of nothing more can be said. */
export function joinLane(lanes: Lanes, name: string, jobs: number): void {
  const lane = lanes.byName.get(name);
  if (lane !== undefined) lane.unknown += jobs;
}

/** After the accounts or the priorities changed: lines are others, and a lane may belong to another priority. */
export function rethread(lanes: Lanes, poolOf: (told: LaneHeads) => Pool): void {
  lanes.lines.clear();
  for (const { told, jobs, unknown } of [...lanes.byName.values()]) {
    seat(lanes, poolOf(told), { told, unknown, heads: jobs.filter(({ state }) => state !== 'gone').map(({ head }) => head) });
  }
}

/** Takes a job out: granted or expired. */
export function leave(lanes: Lanes, job: Waiting): void {
  const wasReady = job.state === 'ready';
  job.state = 'gone';
  job.lane.known -= 1;
  if (wasReady) for (const strand of job.lane.strands.values()) if (strand.first === job) reposition(strand);
  if (job.lane.known === 0) usedUp(lanes, job.lane);
}

/** Changes a tenant's service: its strands leave their heaps, whose order it is, and come back where they belong then. */
export function serve(lanes: Lanes, tenant: Tenant, service: number): void {
  const strands = [...lanes.byTenant.get(tenant) ?? []].flatMap((lane) => [...lane.strands.values()]);
  for (const strand of strands) strand.line.heap.remove(strand);
  tenant.service += service;
  for (const strand of strands) reposition(strand);
}

/** Lets early jobs in whose time has come, and takes out those whose time is over: they are returned, in a fixed order. */
export function ripen(lanes: Lanes, accounts: Accounts, now: number): readonly Waiting[] {
  const expired: Waiting[] = [];
  for (let lane = lanes.due.peek(); lane !== undefined && lane.dueAt <= now; lane = lanes.due.peek()) {
    for (const job of lane.jobs) {
      if (job.state === 'gone') continue;
      if (job.head.startBy <= now) {
        expired.push(job);
        leave(lanes, job);
      } else if (job.state === 'early' && job.head.notBefore <= now) {
        admit(lanes, accounts, job);
      }
    }
    lookAhead(lanes, lane);
  }
  return expired;
}

/** When time alone brings something about: a job becomes ready or expires. */
export function nextDue(lanes: Lanes): number {
  for (let lane = lanes.due.peek(); lane !== undefined; lane = lanes.due.peek()) {
    if (lane.dueJob?.state !== 'gone') return lane.dueAt;
    lookAhead(lanes, lane);
  }
  return Number.POSITIVE_INFINITY;
}

export const dryLanes = (lanes: Lanes): readonly string[] => [...lanes.dry].map(({ told }) => told.lane).sort();

function admit(lanes: Lanes, accounts: Accounts, job: Waiting): void {
  job.state = 'ready';
  const { lane } = job;
  const group = groupOf(accounts, job.head.model);
  const strand = lane.strands.get(group)
    ?? { tenant: lane.tenant, line: lineOf(lanes.lines, lane.pool, group), jobs: [], next: 0, first: undefined, held: undefined, place: -1 };
  lane.strands.set(group, strand);
  // Nearly always the last: only a job whose time came later than that of one behind it goes in between.
  let at = strand.jobs.length;
  while (at > strand.next && (strand.jobs[at - 1]?.index ?? 0) > job.index) at -= 1;
  strand.jobs.splice(at, 0, job);
  if (strand.first === undefined || at === strand.next) reposition(strand);
}

/** Finds when time next brings something about in this lane. */
function lookAhead(lanes: Lanes, lane: Lane): void {
  lane.jobs = lane.jobs.filter(({ state }) => state !== 'gone');
  lane.dueAt = Number.POSITIVE_INFINITY;
  lane.dueJob = undefined;
  if (lanes.byName.get(lane.told.lane) !== lane) return lanes.due.remove(lane);
  for (const job of lane.jobs) {
    const { notBefore, startBy } = job.head;
    const at = job.state === 'early' ? Math.min(notBefore, startBy) : startBy;
    if (at < lane.dueAt) Object.assign(lane, { dueAt: at, dueJob: job });
  }
  if (lane.dueJob === undefined) lanes.due.remove(lane);
  else lanes.due.put(lane);
}

function usedUp(lanes: Lanes, lane: Lane): void {
  if (lane.unknown > 0) lanes.dry.add(lane);
  else forgetLane(lanes, lane.told.lane);
}

function forgetLane(lanes: Lanes, name: string): void {
  const lane = lanes.byName.get(name);
  if (lane === undefined) return;
  for (const strand of lane.strands.values()) takeOut(strand);
  for (const job of lane.jobs) job.state = 'gone';
  const ofTenant = lanes.byTenant.get(lane.tenant);
  ofTenant?.delete(lane);
  if (ofTenant?.size === 0) lanes.byTenant.delete(lane.tenant);
  lane.tenant.lanes -= 1;
  lanes.due.remove(lane);
  lanes.dry.delete(lane);
  lanes.byName.delete(name);
}
