/** The load generator's process: one order at a time, over the IPC channel of its parent. */
import type { Order, Report } from './plan.ts';
import { runLoad } from './run-load.ts';
import { runStalled } from './run-stalled.ts';

const report = (what: Report) => void process.send?.(what);

async function carryOut(order: Order): Promise<Report> {
  switch (order.kind) {
    case 'load': return { kind: 'load', result: await runLoad(order.plan) };
    case 'stalled': return { kind: 'stalled', result: await runStalled(order.plan, () => report({ kind: 'stalling' })) };
    default: return order satisfies never;
  }
}

// The parent is this project's own and sends nothing but orders.
process.on('message', (order: Order) => {
  carryOut(order).then(report, (error: unknown) => report({ kind: 'failed', reason: String(error instanceof Error ? error.stack : error) }));
});
process.on('disconnect', () => process.exit(0));
