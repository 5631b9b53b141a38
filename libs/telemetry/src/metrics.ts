/**
 * Prometheus metrics of one process, in a registry of its own. Names are `sluice_<noun>_<unit>`; each app gets the
 * functions for what it counts, so that a metric cannot be named or labelled in two ways.
 */
import { Registry } from 'prom-client';
import { ingressMetrics } from './ingress-metrics.ts';
import type { IngressMetrics } from './ingress-metrics.ts';
import { processMetrics } from './process-metrics.ts';
import { schedulerMetrics } from './scheduler-metrics.ts';
import type { SchedulerMetrics } from './scheduler-metrics.ts';
import { workerMetrics } from './worker-metrics.ts';
import type { WorkerMetrics } from './worker-metrics.ts';

interface AppMetrics {
  readonly ingress: IngressMetrics;
  readonly scheduler: SchedulerMetrics;
  readonly worker: WorkerMetrics;
}
export type AppName = keyof AppMetrics;

export interface Exposition {
  /** The answer of `GET /metrics`, and the content type it is sent with. */
  text(): Promise<string>;
  readonly contentType: string;
}

const METRICS: { readonly [A in AppName]: (registry: Registry) => AppMetrics[A] } = {
  ingress: ingressMetrics,
  scheduler: schedulerMetrics,
  worker: workerMetrics,
};

export function createMetrics<A extends AppName>(app: A): AppMetrics[A] & Exposition {
  const registry = new Registry();
  registry.setDefaultLabels({ app });
  processMetrics(registry);
  return { ...METRICS[app](registry), text: () => registry.metrics(), contentType: registry.contentType };
}
