/** What the kernel counts of processes, from /proc: descendants, CPU seconds, resident memory. Linux only. */
import { readdirSync, readFileSync } from 'node:fs';
import { basename } from 'node:path';

/** Ticks per second of /proc/<pid>/stat; 100 on every Linux that Node runs on. */
const TICKS = 100;

export interface ProcessUsage {
  readonly cpuSeconds: number;
  readonly residentMb: number;
}

/** Usage by name; processes of one name (a database's backends) are added up. */
export type UsageByName = ReadonlyMap<string, ProcessUsage>;

export interface NamedProcess {
  readonly pid: number;
  readonly name: string;
}

/** The process and all it started, and they started. */
export function descendantsOf(root: number): readonly NamedProcess[] {
  const children = new Map<number, number[]>();
  for (const entry of readdirSync('/proc')) {
    const stat = /^\d+$/.test(entry) ? readStat(Number(entry)) : undefined;
    if (stat) children.set(stat.parent, [...(children.get(stat.parent) ?? []), Number(entry)]);
  }
  const found: number[] = [];
  const pending = [root];
  for (let pid = pending.pop(); pid !== undefined; pid = pending.pop()) {
    found.push(pid);
    pending.push(...(children.get(pid) ?? []));
  }
  return found.map((pid) => ({ pid, name: nameOf(pid) }));
}

export function usageOf(processes: readonly NamedProcess[]): UsageByName {
  const usage = new Map<string, ProcessUsage>();
  for (const { pid, name } of processes) {
    const stat = readStat(pid);
    if (!stat) continue;
    const before = usage.get(name) ?? { cpuSeconds: 0, residentMb: 0 };
    usage.set(name, { cpuSeconds: before.cpuSeconds + stat.cpuSeconds, residentMb: before.residentMb + residentMb(pid, name) });
  }
  return usage;
}

/** `apps/ingress/dist/main.js` is `ingress`; everything else goes by its program. */
function nameOf(pid: number): string {
  const [program = '', ...args] = read(`/proc/${pid}/cmdline`).split('\0');
  const app = args.map((arg) => /apps\/([a-z-]+)\//.exec(arg)?.[1]).find((name) => name !== undefined);
  if (app !== undefined) return app;
  const script = args.find((arg) => /\.m?[jt]s$/.test(arg));
  return basename(program) === 'node' && script !== undefined ? basename(script).replace(/\.m?[jt]s$/, '') : basename(program.split(/[ :]/)[0] ?? '');
}

/** Fields after the program's name, which may itself hold spaces and brackets. */
function readStat(pid: number): { parent: number; cpuSeconds: number } | undefined {
  const stat = read(`/proc/${pid}/stat`);
  if (stat === '') return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ').map(Number);
  return { parent: fields[1] ?? 0, cpuSeconds: ((fields[11] ?? 0) + (fields[12] ?? 0)) / TICKS };
}

/** Of a database's backends only the share of the pages they have in common, so that adding them up counts those once. */
function residentMb(pid: number, name: string): number {
  const kilobytes = name === 'postgres'
    ? /^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))
    : /^VmRSS:\s+(\d+)/m.exec(read(`/proc/${pid}/status`));
  return Number(kilobytes?.[1] ?? 0) / 1024;
}

/** Empty when the process is gone. */
function read(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}
