/**
 * Lines: the strands of one priority that wait for the same limits, by turn.
 *
 * The first of a line that does not fit is *booked*: it leaves the heap, stands before the rest of its line until it goes, and
 * others pass it only as far as that does not move its time (bookings.ts). A booking is kept by the job's id, so that it survives
 * its lane being told of again.
 */
import type { Group } from './accounts.ts';
import { Heap, type Placed } from './heap.ts';
import type { Constraint } from './explain.ts';
import type { Waiting } from './lanes.ts';
import { hasTurnBefore, type Turn } from './order.ts';
import type { Pool } from './pools.ts';
import type { Tenant } from './tenants.ts';

export interface Strand extends Placed {
  readonly tenant: Tenant;
  readonly line: Line;
  /** Those that may go now, in the order of the lane; before `next` all are gone. */
  readonly jobs: Waiting[];
  next: number;
  /** The one at `next`, for as long as the strand stands in its line. */
  first: Waiting | undefined;
  /** What held its first job back when it was looked at last. */
  held: Constraint | undefined;
}

export interface Booking {
  readonly id: string;
  /** The earliest time it will fit, as it was first known; Infinity when only an event can tell. */
  readonly at: number;
}

export interface Line {
  readonly pool: Pool;
  readonly group: Group;
  readonly heap: Heap<Strand>;
  booking: Booking | undefined;
  /** The strand whose first job is booked; it is not in the heap. */
  booked: Strand | undefined;
  /** Since when its first job has lacked room; undefined when it has not. */
  lackingSince: number | undefined;
}

export type Lines = Map<Pool, Map<Group, Line>>;

export const turnOf = ({ tenant: { service } }: Pick<Strand, 'tenant'>, { head: { createdAt, id } }: Waiting): Turn => ({ service, createdAt, id });

/** A strand in a heap has a first job: it is taken out before its last one goes. */
const before = (a: Strand, b: Strand): boolean =>
  a.first !== undefined && (b.first === undefined || hasTurnBefore(turnOf(a, a.first), turnOf(b, b.first)));

export function lineOf(lines: Lines, pool: Pool, group: Group): Line {
  const ofPool = lines.get(pool) ?? new Map<Group, Line>();
  lines.set(pool, ofPool);
  const line = ofPool.get(group) ?? { pool, group, heap: new Heap(before), booking: undefined, booked: undefined, lackingSince: undefined };
  ofPool.set(group, line);
  return line;
}

/** Puts a strand where its first job belongs, or out of its line when it has none. */
export function reposition(strand: Strand): void {
  const { line, jobs } = strand;
  while (jobs[strand.next]?.state === 'gone') strand.next += 1;
  const first = jobs[strand.next];
  if (line.booked === strand && first !== strand.first) {
    line.booked = undefined;
    if (strand.first?.state === 'gone') line.booking = undefined;
  }
  if (strand.first !== undefined && first === undefined) line.heap.remove(strand);
  if (strand.first !== first) strand.held = undefined;
  strand.first = first;
  if (first === undefined || line.booked === strand) return;
  if (line.booking?.id !== first.head.id) return line.heap.put(strand);
  line.heap.remove(strand);
  line.booked = strand;
}

/** The strand's first job is not passed over any more, except by those that do not move its time. */
export function book(strand: Strand, at: number): void {
  const { line, first } = strand;
  if (first === undefined || line.booked === strand) return;
  line.booking = { id: first.head.id, at };
  reposition(strand);
}

/** Takes a strand out of its line: its lane is forgotten. */
export function takeOut(strand: Strand): void {
  if (strand.line.booked === strand) strand.line.booked = undefined;
  strand.line.heap.remove(strand);
}

/** The least service of the tenants waiting in a priority; undefined when none is. */
export function leastService(lines: Lines, pool: Pool): number | undefined {
  let least: number | undefined;
  for (const { heap, booked } of lines.get(pool)?.values() ?? []) {
    for (const strand of [heap.peek(), booked]) {
      if (strand !== undefined && (least === undefined || strand.tenant.service < least)) least = strand.tenant.service;
    }
  }
  return least;
}
