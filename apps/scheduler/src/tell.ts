/** What an owner tells of one moment of its ledger: to Prometheus, and to whoever asks why a job waits. All of it from one outlook. */
import { limitName, parseLane } from '@sluice/domain';
import type { Explained, Question } from '@sluice/queue';
import { circuitsOf, countPermits, explain, foretell, type Outlook, sentence, type State, useOfLimits, wordsOfLimits } from '@sluice/scheduling';
import type { SchedulerMetrics } from '@sluice/telemetry';
import { shortLimits } from './capacity.ts';
import type { Desk } from './desk.ts';

/** What is told of. */
export interface Moment {
  readonly state: State;
  /** Of the same version. */
  readonly outlook: Outlook;
  readonly now: number;
}

export function tellMetrics(metrics: SchedulerMetrics, { connection }: Desk, { state, outlook, now }: Moment): void {
  const { name } = connection;
  metrics.ledgerVersion(name, outlook.version);
  const waiting = new Map(state.priorities.map(({ name: priority }) => [priority, 0]));
  for (const { lane, waiting: jobs } of outlook.lanes) {
    const { priority } = parseLane(lane);
    waiting.set(priority, (waiting.get(priority) ?? 0) + jobs);
  }
  for (const [priority, jobs] of waiting) metrics.waiting(name, priority, jobs);
  metrics.openPermits(name, countPermits(state).open);
  const use = new Map(useOfLimits(state, now).map((limit) => [limit.id, limit]));
  for (const limit of shortLimits(connection)) {
    const used = use.get(limitName(limit));
    if (!used) continue;
    const { dimension, model, windowMs } = limit;
    metrics.limitUsed({ connection: name, dimension, model: model ?? null, windowMs, share: used.taken / used.amount });
  }
  for (const word of wordsOfLimits(state, now)) metrics.limitHeard(name, word);
  for (const circuit of circuitsOf(state)) metrics.circuit(name, circuit.model, circuit.state);
}

export function explained({ state, outlook, now }: Moment, { lane, head, index, place }: Question): Explained {
  const { version, constraint } = explain(state, { lane, head, index }, now);
  const { priority = '' } = state.lanes.byName.get(lane)?.told ?? {};
  return { ...foretell(outlook, { lane, priority, index, place }, now), version, constraint: finite(constraint), sentence: sentence(constraint, now) };
}

/** As JSON can say it: a time that no clock brings is null. */
const finite = (constraint: object): Explained['constraint'] =>
  JSON.parse(JSON.stringify(constraint)) as Explained['constraint']; // a constraint has a kind and facts
