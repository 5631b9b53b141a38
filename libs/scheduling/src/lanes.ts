/**
 * What is known of the waiting jobs, kept so that the next one to go is found without looking at all lanes.
 *
 * A lane's known heads are split into *strands*, one per group of models (jobs of one strand wait for the same limits), and each
 * group keeps its strands in a heap by their first job. So the best candidate of a group is at hand, a group whose limits are
 * used up is passed over whole, and a lane that has nothing to offer stands in no heap.
 *
 * The known heads are a prefix of their lane. A lane whose known heads are used up while more are waiting is *dry*: who comes
 * next in it is not known, so nobody who would go after it may go until it is told of again.
 */
import { type Accounts, type Group, groupOf } from './accounts.ts';
import { Heap, type Placed } from './heap.ts';
import { goesBefore, type Standing } from './order.ts';
import type { Head, LaneHeads } from './types.ts';

export interface Waiting extends Standing {
  readonly head: Head;
  readonly lane: Lane;
  /** Its order in the lane. */
  readonly index: number;
  /** `early`: not before its time. `gone`: granted, expired, or replaced. */
  state: 'ready' | 'early' | 'gone';
}

interface Strand extends Placed {
  /** Those that may go now, in the order of the lane; before `next` all are gone. */
  readonly jobs: Waiting[];
  next: number;
  /** The one at `next`, for as long as the strand stands in its queue. */
  first: Waiting;
}

interface Lane extends Placed {
  readonly told: LaneHeads;
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
  readonly queues: Map<Group, Heap<Strand>>;
  readonly due: Heap<Lane>;
  readonly dry: Set<Lane>;
  /** Whether a head holds a permit already. */
  readonly isTaken: (head: string) => boolean;
}

export const noLanes = (isTaken: Lanes['isTaken']): Lanes => ({
  isTaken, byName: new Map(), queues: new Map(), dry: new Set(),
  due: new Heap<Lane>((a, b) => (a.dueAt !== b.dueAt ? a.dueAt < b.dueAt : a.told.lane < b.told.lane)),
});

/** Replaces what was known of this lane, leaving out heads that are taken (the lane was read before they were moved). */
export function setLane(lanes: Lanes, accounts: Accounts, told: LaneHeads): void {
  forgetLane(lanes, told.lane);
  if (told.heads.length === 0) return;
  const lane: Lane = {
    told, jobs: [], strands: new Map(), known: 0, unknown: Math.max(0, told.waiting - told.heads.length),
    dueAt: Number.POSITIVE_INFINITY, dueJob: undefined, place: -1,
  };
  lane.jobs = told.heads.flatMap((head, index): Waiting[] =>
    lanes.isTaken(head.id) ? []
      : [{ head, lane, index, rank: told.rank, createdAt: head.createdAt, id: head.id, state: 'early' }]);
  lanes.byName.set(told.lane, lane);
  thread(lanes, accounts, lane);
}

/** More jobs behind those that are known. Of a lane that nothing is known of nothing more can be said. */
export function joinLane(lanes: Lanes, name: string, jobs: number): void {
  const lane = lanes.byName.get(name);
  if (lane !== undefined) lane.unknown += jobs;
}

/** After the accounts were reopened: the groups are others. */
export function rethread(lanes: Lanes, accounts: Accounts): void {
  lanes.queues.clear();
  for (const lane of lanes.byName.values()) {
    lane.strands.clear();
    thread(lanes, accounts, lane);
  }
}

export interface Candidate {
  readonly job: Waiting;
  readonly group: Group;
}

/** The first to go of those whose group may go. */
export function best(lanes: Lanes, mayGo: (group: Group) => boolean): Candidate | undefined {
  let found: Candidate | undefined;
  for (const [group, queue] of lanes.queues) {
    const job = queue.peek()?.first;
    if (job !== undefined && mayGo(group) && (found === undefined || goesBefore(job, found.job))) found = { job, group };
  }
  return found;
}

/** Takes a job out: granted or expired. */
export function leave(lanes: Lanes, accounts: Accounts, job: Waiting): void {
  const wasReady = job.state === 'ready';
  job.state = 'gone';
  job.lane.known -= 1;
  if (wasReady) moveOn(lanes, job.lane, groupOf(accounts, job.head.model));
  if (job.lane.known === 0) usedUp(lanes, job.lane);
}

/** Lets early jobs in whose time has come, and takes out those whose time is over: they are returned, in a fixed order. */
export function ripen(lanes: Lanes, accounts: Accounts, now: number): readonly Waiting[] {
  const expired: Waiting[] = [];
  for (let lane = lanes.due.peek(); lane !== undefined && lane.dueAt <= now; lane = lanes.due.peek()) {
    for (const job of lane.jobs) {
      if (job.state === 'gone') continue;
      if (job.head.startBy <= now) {
        expired.push(job);
        leave(lanes, accounts, job);
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

/** Nobody who would go after this one may go: it is the last known of a lane of which more is waiting. */
export function barrier(lanes: Lanes): Standing | undefined {
  let first: Standing | undefined;
  for (const { told } of lanes.dry) {
    const last = told.heads.at(-1);
    const standing = last && { rank: told.rank, createdAt: last.createdAt, id: last.id };
    if (standing !== undefined && (first === undefined || goesBefore(standing, first))) first = standing;
  }
  return first;
}

export const dryLanes = (lanes: Lanes): readonly string[] => [...lanes.dry].map(({ told }) => told.lane).sort();

/** All known heads are let in once they are due, the first time in the step that told of them. */
function thread(lanes: Lanes, accounts: Accounts, lane: Lane): void {
  lane.jobs = lane.jobs.filter(({ state }) => state !== 'gone');
  lane.known = lane.jobs.length;
  for (const job of lane.jobs) job.state = 'early';
  lookAhead(lanes, lane);
  if (lane.known === 0) usedUp(lanes, lane);
}

function admit(lanes: Lanes, accounts: Accounts, job: Waiting): void {
  job.state = 'ready';
  const group = groupOf(accounts, job.head.model);
  const strand = job.lane.strands.get(group) ?? { jobs: [], next: 0, first: job, place: -1 };
  job.lane.strands.set(group, strand);
  // Nearly always the last: only a job whose time came later than that of one behind it goes in between.
  let at = strand.jobs.length;
  while (at > strand.next && (strand.jobs[at - 1]?.index ?? 0) > job.index) at -= 1;
  strand.jobs.splice(at, 0, job);
  moveOn(lanes, job.lane, group);
}

/** Puts a lane's strand where its first job belongs, or out of the queue when it has none. */
function moveOn(lanes: Lanes, lane: Lane, group: Group): void {
  const strand = lane.strands.get(group);
  if (strand === undefined) return;
  while (strand.jobs[strand.next]?.state === 'gone') strand.next += 1;
  const queue = lanes.queues.get(group) ?? new Heap<Strand>((a, b) => goesBefore(a.first, b.first));
  lanes.queues.set(group, queue);
  const first = strand.jobs[strand.next];
  if (first === undefined) return queue.remove(strand);
  if (strand.place >= 0 && strand.first === first) return;
  strand.first = first;
  queue.put(strand);
}

/** Finds when time next brings something about in this lane. */
function lookAhead(lanes: Lanes, lane: Lane): void {
  lane.jobs = lane.jobs.filter(({ state }) => state !== 'gone');
  lane.dueAt = Number.POSITIVE_INFINITY;
  lane.dueJob = undefined;
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
  for (const [group, strand] of lane.strands) lanes.queues.get(group)?.remove(strand);
  for (const job of lane.jobs) job.state = 'gone';
  lanes.due.remove(lane);
  lanes.dry.delete(lane);
  lanes.byName.delete(name);
}
