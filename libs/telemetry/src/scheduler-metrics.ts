/** What a scheduler counts, of the connections it owns: what waits, what it granted, and how much of each limit is used. */
import type { Dimension } from '@sluice/domain';
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { DECISION_BUCKETS } from './buckets.ts';
import { labelBound } from './label-bound.ts';
import { ownedGauge } from './owned-gauge.ts';

export interface UsedLimit {
  readonly connection: string;
  readonly dimension: Dimension;
  /** null: the limit covers every model. */
  readonly model: string | null;
  readonly windowMs: number;
  /** Used and reserved share of the limit, 0 to 1. */
  readonly share: number;
}

export interface HeardLimit {
  readonly id: string;
  /** null: the provider did not state it. */
  readonly stated: number | null;
  /** What is used of it, after refusals. */
  readonly effective: number;
  /** Taken and held back for others who use the account. */
  readonly foreign: number;
}

const CIRCUIT = { closed: 0, half_open: 0.5, open: 1 } as const;

export interface SchedulerMetrics {
  waiting(connection: string, priority: string, jobs: number): void;
  granted(connection: string, priority: string, permits: number): void;
  openPermits(connection: string, permits: number): void;
  limitUsed(limit: UsedLimit): void;
  /** Of the ledger that the gauges of the connection are told from. */
  ledgerVersion(connection: string, version: number): void;
  /** What the provider's own word has made of a limit. */
  limitHeard(connection: string, heard: HeardLimit): void;
  circuit(connection: string, model: string, state: 'closed' | 'open' | 'half_open'): void;
  takeover(connection: string): void;
  decided(seconds: number): void;
  /** The connection has another owner now: its gauges are that one's to tell. */
  forget(connection: string): void;
}

export function schedulerMetrics(registry: Registry): SchedulerMetrics {
  const registers = [registry];
  const lane = ['connection', 'priority'];
  const limit = ['connection', 'dimension', 'model', 'window_seconds'];
  const waiting = ownedGauge(new Gauge({ name: 'sluice_waiting_jobs', help: 'Jobs waiting in lanes', labelNames: lane, registers }));
  const open = ownedGauge(new Gauge({
    name: 'sluice_open_permits', help: 'Permits granted and not yet settled', labelNames: ['connection'], registers,
  }));
  const used = ownedGauge(new Gauge({
    name: 'sluice_limit_used_ratio', help: 'Share of a limit in use, reservations included', labelNames: limit, registers,
  }));
  const version = ownedGauge(new Gauge({
    name: 'sluice_ledger_version', help: 'Version of the ledger that the gauges of a connection are told from, as in heartbeats and explain',
    labelNames: ['connection'], registers,
  }));
  const ofLimit = ['connection', 'limit'];
  const heardGauge = (name: string, help: string) => ownedGauge(new Gauge({ name, help, labelNames: ofLimit, registers }));
  const stated = heardGauge('sluice_limit_stated', 'A limit as the provider stated it last');
  const effective = heardGauge('sluice_limit_effective', 'What is used of a limit now, after what the provider stated and refused');
  const foreign = heardGauge('sluice_limit_foreign', 'What others take of a limit, as far as it was noticed, and what is held back for them');
  const circuit = ownedGauge(new Gauge({
    name: 'sluice_circuit_open', help: 'Circuit of a model, * of the connection: 0 closed, 0.5 trying, 1 open', labelNames: ['connection', 'model'], registers,
  }));
  const granted = new Counter({ name: 'sluice_permits_granted_total', help: 'Permits granted', labelNames: lane, registers });
  const takeovers = new Counter({ name: 'sluice_takeovers_total', help: 'Connections taken over', labelNames: ['connection'], registers });
  const decision = new Histogram({
    name: 'sluice_decision_seconds', help: 'Time of one scheduling decision', buckets: DECISION_BUCKETS, registers,
  });
  const bound = labelBound(500);
  const priorityLabel = labelBound(50);
  const modelLabel = labelBound(500);
  const limitLabel = labelBound(500);
  return {
    waiting: (connection, priority, jobs) => waiting.set(bound(connection), { priority: priorityLabel(priority) }, jobs),
    granted: (connection, priority, permits) => granted.inc({ connection: bound(connection), priority: priorityLabel(priority) }, permits),
    openPermits: (connection, permits) => open.set(bound(connection), {}, permits),
    limitUsed: ({ connection, dimension, model, windowMs, share }) =>
      used.set(bound(connection), { dimension, model: modelLabel(model ?? 'all'), window_seconds: windowMs / 1000 }, share),
    ledgerVersion: (connection, now) => version.set(bound(connection), {}, now),
    limitHeard(connection, { id, stated: amount, effective: used, foreign: others }) {
      const labels = { limit: limitLabel(id) };
      if (amount !== null) stated.set(bound(connection), labels, amount);
      effective.set(bound(connection), labels, used);
      foreign.set(bound(connection), labels, others);
    },
    circuit: (connection, model, state) => circuit.set(bound(connection), { model: modelLabel(model) }, CIRCUIT[state]),
    takeover: (connection) => takeovers.inc({ connection: bound(connection) }),
    decided: (seconds) => decision.observe(seconds),
    forget: (connection) => [waiting, open, used, version, stated, effective, foreign, circuit].forEach((gauge) => gauge.forget(bound(connection))),
  };
}
