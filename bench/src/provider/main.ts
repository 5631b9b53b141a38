/** The simulator's process, ordered about over the IPC channel of its parent. */
import { startSimulator } from '@sluice/testkit';
import type { Simulator } from '@sluice/testkit';
import type { ProviderOrder, ProviderReport } from './provider.ts';

let simulator: Simulator | undefined;

async function carryOut(order: ProviderOrder): Promise<ProviderReport> {
  if (order.kind === 'start') {
    simulator = await startSimulator(order.options);
    return { kind: 'started', port: simulator.port };
  }
  if (!simulator) throw new Error('the simulator was not started');
  switch (order.kind) {
    case 'oracle': return { kind: 'oracle', report: simulator.oracle(order.span) };
    case 'arrivals': return { kind: 'arrivals', arrivals: simulator.calls().map(({ arrivedAt, outcome }) => ({ at: arrivedAt, outcome })) };
    case 'limits':
      simulator.setLimits(order.limits);
      return { kind: 'limits' };
    case 'reset':
      simulator.resetOracle();
      return { kind: 'reset' };
    default: return order satisfies never;
  }
}

// The parent is this project's own and sends nothing but orders. What fails ends the process, which the parent hears of.
process.on('message', (order: ProviderOrder) => {
  carryOut(order).then((report) => void process.send?.(report), (error: unknown) => {
    process.stderr.write(`simulator: ${error instanceof Error ? error.stack : String(error)}\n`);
    process.exit(1);
  });
});
process.on('disconnect', () => process.exit(0));
