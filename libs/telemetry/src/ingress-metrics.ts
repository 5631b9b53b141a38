/** What ingress counts: its answers, how long calls were held, and how many are open. */
import { Counter, Gauge, Histogram } from 'prom-client';
import type { Registry } from 'prom-client';
import { HOLD_BUCKETS } from './buckets.ts';
import { labelBound } from './label-bound.ts';

export interface AnsweredRequest {
  /** The route's pattern, such as `/v1/chat/completions`; never a path with an id in it. */
  readonly endpoint: string;
  readonly status: number;
  /** A code of the error table, or `ok`. */
  readonly code: string;
}

export interface IngressMetrics {
  requestAnswered(request: AnsweredRequest): void;
  /** How long a call waited between its acceptance and the attempt that answered it. */
  callHeld(priority: string, seconds: number): void;
  callOpened(): void;
  callClosed(): void;
}

export function ingressMetrics(registry: Registry): IngressMetrics {
  const registers = [registry];
  const requests = new Counter({
    name: 'sluice_requests_total', help: 'Answers by endpoint, status and code', labelNames: ['endpoint', 'status', 'code'], registers,
  });
  const hold = new Histogram({
    name: 'sluice_hold_seconds', help: 'Time a call was held before the attempt that answered it', labelNames: ['priority'], buckets: HOLD_BUCKETS, registers,
  });
  const open = new Gauge({ name: 'sluice_open_calls', help: 'Calls whose client waits for an answer', registers });
  const endpointLabel = labelBound(50);
  const codeLabel = labelBound(50);
  const priorityLabel = labelBound(50);
  return {
    requestAnswered: ({ endpoint, status, code }) => requests.inc({ endpoint: endpointLabel(endpoint), status, code: codeLabel(code) }),
    callHeld: (priority, seconds) => hold.observe({ priority: priorityLabel(priority) }, seconds),
    callOpened: () => open.inc(),
    callClosed: () => open.dec(),
  };
}
