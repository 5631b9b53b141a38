/** The load generator as its parent sees it: a process of its own, so that its garbage and its timers are not the measurer's. */
import { fork } from 'node:child_process';
import { moduleBeside } from '../paths.ts';
import type { LoadPlan, LoadResult, Order, Report, StalledPlan, StalledResult } from './plan.ts';

export interface Generator {
  run(plan: LoadPlan): Promise<LoadResult>;
  /** `whileStalled` runs when every stream has begun and nobody reads; the streams are read on after it resolved. */
  runStalled(plan: StalledPlan, whileStalled: () => Promise<void>): Promise<StalledResult>;
  stop(): Promise<void>;
}

export function startGenerator(): Generator {
  const child = fork(moduleBeside(import.meta.url, './main'), { serialization: 'advanced' });
  let listener: (report: Report) => void = () => {};
  let onExit: (error: Error) => void = () => {};
  child.on('message', (report: Report) => listener(report)); // its own module, nothing else sends
  child.on('exit', (code) => onExit(new Error(`the load generator ended (${code})`)));

  const order = (what: Order, onReport: (report: Report) => boolean): Promise<void> => new Promise((resolve, reject) => {
    onExit = reject;
    listener = (report) => {
      if (report.kind === 'failed') reject(new Error(`the load generator failed: ${report.reason}`));
      else if (onReport(report)) resolve();
    };
    child.send(what);
  });

  return {
    async run(plan) {
      let result: LoadResult | undefined;
      await order({ kind: 'load', plan }, (report) => {
        if (report.kind === 'load') result = report.result;
        return result !== undefined;
      });
      if (!result) throw new Error('the load generator gave no result');
      return result;
    },
    async runStalled(plan, whileStalled) {
      let result: StalledResult | undefined;
      let watching = Promise.resolve();
      await order({ kind: 'stalled', plan }, (report) => {
        if (report.kind === 'stalling') watching = whileStalled();
        if (report.kind === 'stalled') result = report.result;
        return result !== undefined;
      });
      await watching;
      if (!result) throw new Error('the load generator gave no result');
      return result;
    },
    async stop() {
      onExit = () => {};
      if (child.exitCode !== null || child.signalCode !== null) return;
      const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
      child.disconnect();
      await exited;
    },
  };
}
