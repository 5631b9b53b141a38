/**
 * Loaded into every process of Sluice with `--profile`: SIGUSR2 starts a CPU profile of an app, a second one writes it.
 * (Node's own `--cpu-prof` is not allowed in NODE_OPTIONS, and would profile the start rather than the load.)
 */
import { writeFileSync } from 'node:fs';
import { Session } from 'node:inspector/promises';
import { join } from 'node:path';

const folder = process.env['SLUICE_BENCH_PROFILES'];
const app = /apps\/([a-z-]+)\//.exec(process.argv[1] ?? '')?.[1];

if (folder !== undefined && app !== undefined) {
  const session = new Session();
  session.connect();
  let running = false;
  let written = 0;
  const toggle = async () => {
    running = !running;
    if (running) {
      await session.post('Profiler.enable');
      await session.post('Profiler.start');
    } else {
      const { profile } = await session.post('Profiler.stop');
      writeFileSync(join(folder, `${app}-${process.pid}-${++written}.cpuprofile`), JSON.stringify(profile));
    }
  };
  process.on('SIGUSR2', () => {
    toggle().catch((error: unknown) => process.stderr.write(`profile of ${app}: ${String(error)}\n`));
  });
} else if (folder !== undefined) {
  // Not an app: the signal must not end whatever else this process is.
  process.on('SIGUSR2', () => {});
}
