/**
 * The permits of a connection, from grant to settlement.
 *
 *   granted ──▶ sent ──▶ settled            charged until a window after arrival and end
 *      │  │      ▲          ▲
 *      │  └──────┼── lapsed ┘               claimed, and nothing heard until the lease ended: charged in full as if it had ended
 *      │         └────┘                     then, and put right by whatever is heard of it after all
 *      └────▶ released                      never sent, or never granted: given back whole
 *
 * Each change takes back exactly what the permit was charged and charges it anew, so whatever order the reports come in, the
 * accounts hold what the last of them says. A permit that has been sent stays until it is settled, however long the call runs.
 */
import { type Accounts, chargeAll, longestWindow, rechargeAll, takeBack } from './accounts.ts';
import type { Usage } from './charge.ts';
import { Heap, type Placed } from './heap.ts';
import { chargePool, type Pool, takeBackFromPool } from './pools.ts';
import { tokens } from './reserve.ts';
import type { Tenant } from './tenants.ts';
import type { Capacity, Event, Reservation, Whose } from './types.ts';

/** Whose share and whose turn a permit is counted against. */
export interface Counted {
  readonly pool: Pool;
  readonly tenant: Tenant;
  readonly weight: number;
  /** The service it was counted as: share of the dominant limit, by weight. */
  readonly share: number;
}

export interface Permit extends Usage, Placed {
  readonly whose: Counted | undefined;
  readonly permit: number;
  readonly lane: string;
  readonly head: string;
  readonly sendBy: number;
  claimed: boolean;
  lapsed: boolean;
  arrivedAt: number | null;
  endedAt: number | null;
  /** When something is to be done about it if nothing is heard: withdraw it, or let it lapse. */
  dueAt: number;
}

export interface Permits {
  /** Numbers from here on are this owner's own; what is not open among them is closed. */
  readonly first: number;
  next: number;
  readonly open: Map<number, Permit>;
  readonly byHead: Map<string, Permit>;
  /** How many are open, and how many were settled, by model. */
  readonly openOf: Map<string, number>;
  readonly settledOf: Map<string, number>;
  /** Those that nothing has been heard of, by `dueAt`. */
  readonly unheard: Heap<Permit>;
  /** Permits of earlier owners that were closed here, and when they ended: so that closing one twice changes nothing. */
  readonly closed: Map<number, number>;
  granted: number;
  settled: number;
  released: number;
}

/** Longer than reports are repeated; with the longest window added, a repetition has nothing left to charge. */
const REMEMBER_MS = 600_000;

export const noPermits = (first: number): Permits => ({
  first, next: first, open: new Map(), byHead: new Map(), openOf: new Map(), settledOf: new Map(), closed: new Map(), granted: 0, settled: 0, released: 0,
  unheard: new Heap<Permit>((a, b) => (a.dueAt !== b.dueAt ? a.dueAt < b.dueAt : a.permit < b.permit)),
});

export interface Grant {
  readonly whose: Counted | undefined;
  readonly lane: string;
  readonly head: string;
  readonly reservation: Reservation;
  readonly sendBy: number;
}

/** Takes the next number and charges the permit to all that covers it. */
export function grant(permits: Permits, accounts: Accounts, wanted: Grant): Permit {
  const permit = permitOf(permits.next, wanted);
  permits.next += 1;
  open(permits, accounts, permit);
  return permit;
}

/** Takes over a permit of an earlier owner; one that is known, open or closed, stays as it is. */
export function recover(permits: Permits, under: Terms, event: Event & { kind: 'recovered' }): void {
  if (isKnown(permits, event.permit)) return;
  const { lane, head, reservation, claimed, arrivedAt } = event;
  const whose = under.countedOf(event.whose);
  const { sendWithinMs, leaseMs } = under.capacity;
  const permit = permitOf(event.permit, { lane, head, reservation, whose, sendBy: event.grantedAt + sendWithinMs });
  open(permits, under.accounts, Object.assign(permit, { claimed, arrivedAt, dueAt: permit.sendBy + (claimed ? leaseMs : 0) }));
}

/** What permits are held under. */
export interface Terms {
  readonly accounts: Accounts;
  readonly capacity: Capacity;
  /** What a permit of an earlier owner counts against. Turns begin anew with an owner: it is charged no service. */
  readonly countedOf: (whose: Whose | undefined) => Counted | undefined;
}

export function markSent(permits: Permits, accounts: Accounts, { permit: number, arrivedAt }: Event & { kind: 'sent' }): void {
  const permit = permits.open.get(number);
  if (permit === undefined) return;
  permits.unheard.remove(permit);
  change(accounts, permit, { arrivedAt, endedAt: null, lapsed: false });
}

/** The worker has it: it is no longer withdrawn, and counts until its lease ends. */
export function markClaimed(permits: Permits, { capacity }: Terms, number: number): void {
  const permit = permits.open.get(number);
  if (permit === undefined || permit.place < 0) return;
  Object.assign(permit, { claimed: true, dueAt: leaseEndOf(permit, capacity) });
  permits.unheard.put(permit);
}

/** The provider closed: permits of the model (of all where none is said) that no worker is known to have are due now. */
export function withdrawSoon({ open, unheard }: Permits, model: string | undefined, now: number): void {
  for (const permit of open.values()) {
    if (permit.place < 0 || permit.claimed || (model !== undefined && permit.reservation.model !== model)) continue;
    permit.dueAt = Math.min(permit.dueAt, now);
    unheard.put(permit);
  }
}

/** Never sent, or never granted. The permit, unless it was closed. */
export function release(permits: Permits, accounts: Accounts, number: number): Permit | undefined {
  const permit = permits.open.get(number);
  if (permit === undefined) return undefined;
  takeBackPermit(accounts, permit);
  close(permits, permit);
  permits.released += 1;
  return permit;
}

/** Replaces the reservation by what the call really took. An unknown permit is inserted where it was sent, a closed one stays
 *  so and is not returned. */
export function settle(permits: Permits, { accounts, countedOf }: Terms, event: Event & { kind: 'settled' }): Permit | undefined {
  if (!permits.open.has(event.permit)) {
    if (isKnown(permits, event.permit)) return undefined;
    const { reservation, arrivedAt: sendBy } = event;
    open(permits, accounts, permitOf(event.permit, { lane: '', head: '', reservation, sendBy, whose: countedOf(event.whose) }));
  }
  const permit = permits.open.get(event.permit);
  if (permit === undefined) return undefined;
  change(accounts, permit, {
    arrivedAt: event.arrivedAt, endedAt: Math.max(event.arrivedAt, event.endedAt),
    inputTokens: event.inputTokens === null ? null : tokens(event.inputTokens),
    outputTokens: event.outputTokens === null ? null : tokens(event.outputTokens),
  });
  close(permits, permit);
  permits.settled += 1;
  const { model } = permit.reservation;
  permits.settledOf.set(model, (permits.settledOf.get(model) ?? 0) + 1);
  return permit;
}

/**
 * The lease of a permit ended in silence. It may have been sent, with nobody knows what usage: it stays charged in full. Its job,
 * if that is still in its lane, was never moved to a worker and may be granted anew.
 */
export function lapse(permits: Permits, { accounts, capacity }: Terms, permit: Permit): void {
  permits.unheard.remove(permit);
  forgetHead(permits, permit);
  const at = leaseEndOf(permit, capacity);
  change(accounts, permit, { arrivedAt: at, endedAt: at, lapsed: true });
}

/** A permit can be claimed until its `sendBy`; the lease of a claim made then ends last. */
export const leaseEndOf = ({ sendBy }: Permit, { leaseMs }: Capacity): number => sendBy + leaseMs;

/** Forgets closed permits whose repetition could no longer charge anything. */
export function forgetClosed(permits: Permits, accounts: Accounts, now: number): void {
  if (permits.closed.size === 0) return;
  const before = now - longestWindow(accounts) - REMEMBER_MS;
  for (const [number, endedAt] of permits.closed) {
    if (endedAt >= before) return; // the rest was closed later, and mostly ended later
    permits.closed.delete(number);
  }
}

const permitOf = (permit: number, { lane, head, reservation, sendBy, whose }: Grant): Permit => ({
  permit, lane, head, reservation, sendBy, whose, claimed: false, lapsed: false, dueAt: sendBy, place: -1,
  arrivedAt: null, endedAt: null, inputTokens: null, outputTokens: null,
});

const isOwn = (permits: Permits, number: number): boolean => number >= permits.first && number < permits.next;
const isKnown = (permits: Permits, number: number): boolean =>
  permits.open.has(number) || isOwn(permits, number) || permits.closed.has(number);

function open(permits: Permits, accounts: Accounts, permit: Permit): void {
  permits.open.set(permit.permit, permit);
  countOpen(permits, permit, 1);
  if (permit.head !== '') permits.byHead.set(permit.head, permit);
  if (permit.arrivedAt === null) permits.unheard.put(permit);
  permits.granted += 1;
  chargePermit(accounts, permit);
}

/** To the limits, and to the part its priority has in them. */
export function chargePermit(accounts: Accounts, permit: Permit): void {
  chargeAll(accounts, permit);
  if (permit.whose) chargePool(permit.whose.pool, permit);
}

export function takeBackPermit(accounts: Accounts, permit: Permit): void {
  takeBack(accounts, permit);
  if (permit.whose) takeBackFromPool(permit.whose.pool, permit);
}

function change(accounts: Accounts, permit: Permit, to: Partial<Usage & { lapsed: boolean }>): void {
  const before = { ...permit };
  Object.assign(permit, to);
  rechargeAll(accounts, before, permit);
  if (permit.whose) rechargeAll(permit.whose.pool.used, before, permit);
}

function countOpen({ openOf }: Permits, { reservation: { model } }: Permit, by: 1 | -1): void {
  const count = (openOf.get(model) ?? 0) + by;
  if (count > 0) openOf.set(model, count);
  else openOf.delete(model);
}

function forgetHead({ byHead }: Permits, permit: Permit): void {
  if (byHead.get(permit.head) === permit) byHead.delete(permit.head);
}

function close(permits: Permits, permit: Permit): void {
  permits.unheard.remove(permit);
  permits.open.delete(permit.permit);
  countOpen(permits, permit, -1);
  forgetHead(permits, permit);
  if (!isOwn(permits, permit.permit)) permits.closed.set(permit.permit, permit.endedAt ?? permit.sendBy);
}
