/**
 * A world on a virtual clock around `step`: lanes, workers and a provider, told by a scenario. It applies decisions as the apps
 * do, holds every step against the oracle, and logs what the provider saw.
 */
import type { Capacity, Decision, Event, Head, LimitState, State } from '../src/index.ts';
import { countPermits, initial, remember, step } from '../src/index.ts';
import { expectedGrants, type Expected, type Known } from './expected-grants.ts';
import { overruns, piecesOf, withPaces, type Fact, type Seen } from './oracle.ts';

export interface Call {
  readonly at: number;
  readonly lane: number;
  readonly model: 'a' | 'b';
  readonly input: number;
  readonly output: number;
  readonly maximum: number;
  /** `released`: claimed and given back. `unclaimed`: withdrawn once, then served. `ungranted`: gone from its lane. `lost`:
   *  its end is told late, usage unknown. */
  readonly fate: 'served' | 'released' | 'unclaimed' | 'ungranted' | 'lost';
  /** From grant to the true arrival; from that to the latest possible one, as reported. */
  readonly pickupMs: number;
  readonly lagMs: number;
  readonly callMs: number;
  /** From the end to its report. */
  readonly reportMs: number;
  readonly tellsSent: boolean;
  readonly actualInput: number;
  readonly actualOutput: number;
  readonly patienceMs: number;
  readonly notBeforeMs: number;
}

interface Change {
  readonly at: number;
  readonly factor: number;
  readonly halveWindows: boolean;
  readonly rename: boolean;
}

export interface Scenario {
  readonly capacity: Capacity;
  readonly calls: readonly Call[];
  /** Heads told of a lane at a time. */
  readonly prefix: number;
  readonly refillMs: number;
  readonly cooldowns: readonly { readonly at: number; readonly forMs: number }[];
  /** Limits change: all amounts by a factor; windows may only shrink, because nobody knows more than was written down. */
  readonly changes: readonly Change[];
  /** Another owner takes over then. */
  readonly takeoverAt: number | null;
  /** Reverses the events of each step. */
  readonly reversed: boolean;
}

export interface Outcome {
  readonly seen: readonly Seen[];
  readonly decisions: readonly (readonly [at: number, decision: Decision])[];
  readonly problems: readonly string[];
  readonly counts: ReturnType<typeof countPermits>;
}

const laneName = (lane: number): string => `lane${lane}`;
const idOf = (index: number): string => `job${String(index).padStart(3, '0')}-1`;

export function play(scenario: Scenario): Outcome {
  const world = new World(scenario);
  world.run();
  return { seen: world.seen, decisions: world.decisions, problems: world.problems, counts: countPermits(world.state) };
}

class World {
  readonly scenario: Scenario;
  readonly seen: Seen[] = [];
  readonly decisions: (readonly [number, Decision])[] = [];
  readonly problems: string[] = [];
  state: State = initial(1_000_000);
  readonly #agenda: { at: number; act: (now: number) => readonly Event[] }[] = [];
  readonly #lanes = new Map<string, number[]>();
  readonly #known = new Map<string, Known>();
  readonly #facts = new Map<number, Fact & { granted: Extract<Decision, { kind: 'grant' }>; at: number }>();
  readonly #withdrawn = new Set<number>();
  #cooldownUntil = -Infinity;
  #booked: ReadonlyMap<string, string> = new Map();
  /** After a cooldown one call goes first; until it is answered nobody else does. */
  #probing = false;
  #probe: number | undefined;
  #capacity: Capacity;

  constructor(scenario: Scenario) {
    this.scenario = scenario;
    this.#capacity = scenario.capacity;
    this.#later(0, () => [this.#tellCapacity()]);
    for (const change of scenario.changes) this.#later(change.at, () => this.#change(change));
    scenario.calls.forEach((call, index) => this.#later(call.at, () => {
      const lane = this.#lanes.get(laneName(call.lane)) ?? [];
      this.#lanes.set(laneName(call.lane), [...lane, index]);
      return [this.#tell(laneName(call.lane))];
    }));
    for (const { at, forMs } of scenario.cooldowns) this.#later(at, () => {
      this.#cooldownUntil = Math.max(this.#cooldownUntil, at + forMs);
      if (forMs > 0) [this.#probing, this.#probe] = [true, undefined];
      return [{ kind: 'cooldown', until: at + forMs }];
    });
    if (scenario.takeoverAt !== null) this.#later(scenario.takeoverAt, (now) => this.#takeOver(now));
  }

  run(): void {
    let [now, wakeAt] = [0, 0];
    for (let steps = 0; ; steps += 1) {
      const next = Math.min(wakeAt, ...this.#agenda.map(({ at }) => at));
      if (next === Infinity) break;
      if (steps > 5_000) return this.#complain(now, 'does not come to rest');
      if (next > now && this.#expected(next - 1).ids.length > 0) this.#complain(next - 1, `slept over ${this.#expected(next - 1).ids}`);
      now = next;
      wakeAt = this.#step(now);
    }
    for (const [name, lane] of this.#lanes) if (lane.length > 0) this.#complain(now, `${name} still holds ${lane.map(idOf)}`);
    const { granted, settled, released, open } = countPermits(this.state);
    if (granted !== settled + released + open) this.#complain(now, 'permits do not add up');
    if (open > 0) this.#complain(now, `${open} permits open at the end`);
  }

  #step(now: number): number {
    const due = this.#agenda.filter(({ at }) => at <= now);
    this.#agenda.splice(0, this.#agenda.length, ...this.#agenda.filter(({ at }) => at > now));
    const events = due.flatMap(({ act }) => act(now));
    // Of two events about one lane the later holds; only then is their order free.
    const last = events.filter((event, index) => event.kind !== 'lane'
      || !events.slice(index + 1).some((later) => later.kind === 'lane' && later.lane.lane === event.lane.lane));
    for (const event of last) this.#learn(event);
    if (last.some(({ kind }) => kind === 'capacity')) this.#booked = new Map();
    const expected = this.#expected(now);
    this.#booked = expected.booked;
    const { state, decisions, wakeAt, refill } = step(this.state, this.scenario.reversed ? last.toReversed() : last, now);
    this.state = state;
    const granted = decisions.flatMap((decision) => (decision.kind === 'grant' ? [decision.head] : []));
    if (granted.join() !== expected.ids.join()) this.#complain(now, `granted ${granted}, expected ${expected.ids}`);
    for (const decision of decisions) this.#apply(decision, now);
    for (const lane of refill) this.#later(now + this.scenario.refillMs, () => [this.#tell(lane)]);
    if (wakeAt <= now) this.#complain(now, `wakes at ${wakeAt}`);
    return wakeAt;
  }

  #later(at: number, act: (now: number) => readonly Event[]): void {
    this.#agenda.push({ at, act });
  }

  #complain(now: number, what: string): void {
    this.problems.push(`at ${now}: ${what}`);
  }

  #headOf(index: number): Head {
    const call = this.#call(index);
    return {
      id: idOf(index), model: call.model, inputTokens: call.input, outputTokens: call.output, maximumOutputTokens: call.maximum,
      createdAt: call.at, startBy: call.at + call.patienceMs, notBefore: call.at + call.notBeforeMs,
    };
  }

  #call(index: number): Call {
    const call = this.scenario.calls[index];
    if (call === undefined) throw new Error(`no call ${index}`);
    return call;
  }

  #tell(name: string): Event {
    const lane = this.#lanes.get(name) ?? [];
    const number = Number(name.slice(4));
    const heads = lane.slice(0, this.scenario.prefix).map((index) => this.#headOf(index));
    const rank = number >> 1;
    const told = { lane: name, priority: `p${rank}`, rank, tenant: name, weight: 1, heads, waiting: lane.length };
    return { kind: 'lane', lane: told };
  }

  #tellCapacity(): Event {
    return { kind: 'capacity', capacity: this.#capacity, priorities: [] };
  }

  /** What is lent moves with tranches, the rest with a new capacity. */
  #change({ factor, halveWindows, rename }: Change): readonly Event[] {
    const tranches: Event[] = [];
    const limits = this.#capacity.limits.map((state): LimitState => {
      const amount = Math.max(1, Math.round(state.limit.amount * factor));
      const limit = { ...state.limit, amount };
      if (state.kind !== 'own') {
        tranches.push({ kind: 'tranche', limit: state.id, amount });
        return { ...state, limit };
      }
      const windowMs = halveWindows ? limit.windowMs / 2 : limit.windowMs;
      return { ...state, id: rename ? `${state.id}'` : state.id, limit: { ...limit, windowMs } };
    });
    const before = this.#capacity;
    this.#capacity = { ...before, limits };
    // The capacity itself may still say what was lent at first.
    const stale = limits.map((state, index) => (state.kind === 'own' ? state : before.limits[index] ?? state));
    return [{ kind: 'capacity', capacity: { ...this.#capacity, limits: stale }, priorities: [] }, ...tranches];
  }

  /** What the oracle may know: what the owner is told, no more. */
  #learn(event: Event): void {
    switch (event.kind) {
      case 'lane': return void this.#known.set(event.lane.lane, { lane: event.lane, heads: [...event.lane.heads] });
      case 'sent': return this.#report(event.permit, { sent: event.arrivedAt });
      case 'heard':
        if (event.permit === this.#probe) this.#probing = false;
        return;
      case 'released': case 'ungranted':
        if (event.permit === this.#probe) this.#probe = undefined;
        return this.#report(event.permit, { released: true });
      case 'settled': {
        const { arrivedAt, endedAt, inputTokens: input, outputTokens: output } = event;
        if (event.permit === this.#probe) this.#probe = undefined;
        return this.#report(event.permit, { settled: { arrivedAt, endedAt, input, output } });
      }
      default: return;
    }
  }

  /** What is settled or released is closed: nothing told of it later counts. */
  #report(permit: number, news: Partial<Fact>): void {
    const fact = this.#facts.get(permit);
    if (fact !== undefined && fact.settled === null && !fact.released) Object.assign(fact, news);
  }

  #expected(now: number): Expected {
    const booked = this.#booked;
    if (this.#capacity.paused || now < this.#cooldownUntil) return { ids: [], booked };
    const facts = [...this.#facts.values()];
    const capacity = { ...this.#capacity, limits: [...this.#capacity.limits, this.#gate(facts, now)] };
    return expectedGrants({ capacity, facts, known: [...this.#known.values()], booked, now });
  }

  /** While one call goes first, no more than that may be open beyond those that are. */
  #gate(facts: readonly Fact[], now: number): LimitState {
    const gate: LimitState = { id: 'gate', kind: 'slots', limit: { dimension: 'concurrency', amount: Infinity, windowMs: 0, window: 'sliding' } };
    if (!this.#probing) return gate;
    const open = facts.flatMap((fact) => piecesOf(gate, fact, { counting: 'as_produced', leaseMs: this.#capacity.leaseMs, now })).length;
    return { ...gate, limit: { ...gate.limit, amount: this.#isProbeOut(now) ? 0 : open + 1 } };
  }

  #isProbeOut(now: number): boolean {
    const fact = this.#probe === undefined ? undefined : this.#facts.get(this.#probe);
    if (fact === undefined) return false;
    const lapsed = fact.sent === null && fact.sendBy + this.#capacity.leaseMs <= now;
    return fact.settled === null && !fact.released && !lapsed;
  }

  #apply(decision: Decision, now: number): void {
    this.decisions.push([now, decision]);
    const index = Number(decision.head.slice(3, 6));
    if (decision.kind === 'withdraw') return this.#withdraw(decision, index, now);
    const lane = this.#lanes.get(decision.lane) ?? [];
    if (!lane.includes(index)) this.#complain(now, `${decision.kind} of ${decision.head}, which is not in ${decision.lane}`);
    this.#lanes.set(decision.lane, lane.filter((other) => other !== index));
    const known = this.#known.get(decision.lane);
    if (known) known.heads = known.heads.filter(({ id }) => id !== decision.head);
    const late = this.#headOf(index).startBy <= now;
    if (late !== (decision.kind === 'expire')) this.#complain(now, `${decision.kind} of ${decision.head}: late is ${late}`);
    if (decision.kind === 'grant') this.#dispatch(decision, index, now);
  }

  #withdraw(decision: Extract<Decision, { kind: 'withdraw' }>, index: number, now: number): void {
    const fact = this.#facts.get(decision.permit);
    if (fact === undefined || (fact.sendBy > now && this.#cooldownUntil <= now)) return this.#complain(now, `withdraws ${decision.permit} before its time`);
    if (this.#call(index).fate !== 'unclaimed' || this.#withdrawn.has(index)) {
      const { permit } = decision;
      const isSilent = fact.sent === null && fact.settled === null && !fact.released;
      if (isSilent) this.#later(now + 1, () => [{ kind: 'claimed', permit }]);
      return;
    }
    this.#withdrawn.add(index);
    this.#later(now + 3, () => {
      this.#lanes.set(decision.lane, [index, ...(this.#lanes.get(decision.lane) ?? [])]);
      return [{ kind: 'released', permit: decision.permit }, this.#tell(decision.lane)];
    });
  }

  #dispatch(granted: Extract<Decision, { kind: 'grant' }>, index: number, now: number): void {
    const { permit, reservation } = granted;
    const call = this.#call(index);
    if (this.#facts.has(permit)) this.#complain(now, `permit ${permit} granted twice`);
    const { sendBy } = granted;
    this.#facts.set(permit, { reservation, sendBy, sent: null, settled: null, released: false, granted, at: now });
    if (this.#probing) this.#probe = permit;
    if (call.fate === 'unclaimed' && !this.#withdrawn.has(index)) return;
    if (call.fate === 'ungranted') return this.#later(now + 1, () => [{ kind: 'ungranted', permit }]);
    const trueArrival = now + call.pickupMs;
    if (call.fate === 'released') return this.#later(trueArrival, () => [{ kind: 'released', permit }]);
    const trueEnd = trueArrival + call.callMs;
    const arrivedAt = Math.min(trueArrival + call.lagMs, trueEnd);
    this.seen.push({
      model: call.model, arrivedAt: trueArrival, endedAt: trueEnd, maximum: call.maximum,
      input: Math.min(call.actualInput, call.input), output: call.actualOutput,
    });
    const isLost = call.fate === 'lost';
    if (call.tellsSent && !isLost) this.#later(arrivedAt, () => [{ kind: 'sent', permit, arrivedAt }]);
    const settled: Event = {
      kind: 'settled', permit, reservation, arrivedAt, endedAt: trueEnd,
      inputTokens: isLost ? null : Math.min(call.actualInput, call.input), outputTokens: isLost ? null : call.actualOutput,
    };
    const heard: Event = { kind: 'heard', permit, model: call.model, answer: 'ok', grantedAt: now, sentAt: trueArrival, at: arrivedAt, readings: [] };
    this.#later(trueEnd + call.reportMs + (isLost ? this.scenario.capacity.leaseMs : 0), () => (isLost ? [settled] : [heard, settled]));
    // Told again, and other news after it: nothing may change.
    this.#later(trueEnd + 2 * call.reportMs + 7 + (isLost ? this.scenario.capacity.leaseMs : 0), () =>
      [settled, { kind: 'sent', permit, arrivedAt: trueEnd }, { kind: 'released', permit }]);
  }

  /** A new owner, which knows what Redis holds: capacity, lanes, open permits, and the settlements of late. */
  #takeOver(now: number): readonly Event[] {
    const memory = remember(this.state, now);
    this.state = initial(2_000_000);
    this.#probe = undefined;
    const permits = [...this.#facts.values()].flatMap((fact): Event[] => {
      const { granted: { permit, lane, head }, reservation, settled, sent } = fact;
      if (fact.released) return [];
      if (settled) {
        const { arrivedAt, endedAt, input, output } = settled;
        return [{ kind: 'settled', permit, reservation, arrivedAt, endedAt, inputTokens: input, outputTokens: output }];
      }
      return [{ kind: 'recovered', permit, reservation, lane, head, grantedAt: fact.at, claimed: false, arrivedAt: sent }];
    });
    const lanes = [...this.#lanes.keys()].map((name) => this.#tell(name));
    return [this.#tellCapacity(), { kind: 'remembered', memory }, ...permits, ...lanes];
  }
}

/** What the provider saw above its limits, however it counts: an unknown provider is judged by both ways. */
export function refusals({ capacity }: Scenario, seen: readonly Seen[]): readonly string[] {
  const counting = capacity.outputCounting;
  const ways = counting === 'unknown' ? ['as_produced', 'maximum_at_admission'] as const : [counting];
  return ways.flatMap((way) => withPaces(capacity.limits).flatMap((limit) => overruns(limit, seen, way)));
}
