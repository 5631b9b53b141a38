/** What every process tells of itself: event-loop lag, memory and CPU time. Read when scraped; nothing is walked or polled. */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Counter, Gauge } from 'prom-client';
import type { Registry } from 'prom-client';

/** The loop's delay is sampled this often, by libuv itself; a sample costs under a microsecond. */
const RESOLUTION_MS = 20;

export function processMetrics(registry: Registry): void {
  const delay = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delay.enable();
  const lag = new Gauge({
    name: 'sluice_eventloop_lag_seconds', help: 'Delay of the event loop since the last scrape', labelNames: ['quantile'], registers: [registry],
    collect() {
      // Before the first sample the histogram answers NaN.
      const seconds = (nanoseconds: number) => (Number.isFinite(nanoseconds) ? Math.max(0, nanoseconds / 1e9 - RESOLUTION_MS / 1000) : 0);
      lag.set({ quantile: '0.5' }, seconds(delay.percentile(50)));
      lag.set({ quantile: '0.99' }, seconds(delay.percentile(99)));
      lag.set({ quantile: '1' }, delay.count > 0 ? seconds(delay.max) : 0);
      delay.reset();
    },
  });
  const memory = new Gauge({
    name: 'sluice_memory_bytes', help: 'Memory of the process', labelNames: ['kind'], registers: [registry],
    collect() {
      const { rss, heapUsed, external } = process.memoryUsage();
      memory.set({ kind: 'resident' }, rss);
      memory.set({ kind: 'heap' }, heapUsed);
      memory.set({ kind: 'external' }, external);
    },
  });
  const cpu = new Counter({
    name: 'sluice_cpu_seconds_total', help: 'CPU time of the process', labelNames: ['mode'], registers: [registry],
    collect() {
      const { user, system } = process.cpuUsage();
      cpu.reset();
      cpu.inc({ mode: 'user' }, user / 1e6);
      cpu.inc({ mode: 'system' }, system / 1e6);
    },
  });
  new Gauge({
    name: 'sluice_started_seconds', help: 'When the process started, epoch seconds', registers: [registry],
  }).set(Math.floor(Date.now() / 1000 - process.uptime()));
}
