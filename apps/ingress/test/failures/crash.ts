/** One process dies, or stands still for longer than its lease, at a named crash point under traffic; then everything must still hold. */
import { readFileSync } from 'node:fs';
import { waitFor } from '@sluice/testkit';
import { expect } from 'vitest';
import { startSystem, KEY, type AppName, type System } from '../system.ts';
import { expectInvariants } from './invariants.ts';
import { volley } from './traffic.ts';

/** Two providers; of the first, some calls fail so that there are second attempts on the other connection. */
const CONFIGURATION = `
version: 1
environment: default
connections:
  - { name: main, provider: openai-compatible, base_url: "\${SIM_0}", credentials: { api_key: sk-a }, limits: [{ requests: 100, per: 5s }] }
  - { name: other, provider: openai-compatible, base_url: "\${SIM_1}", credentials: { api_key: sk-b }, limits: [{ requests: 100, per: 5s }] }
priorities:
  - { name: normal, reserved: 20, ceiling: 100 }
resources:
  - name: fast
    priority: normal
    routes: [{ connection: main, model: gpt-4o-mini }]
    fallback: [{ connection: other, model: gpt-4o-mini }]
api_keys:
  - { name: test, key: ${KEY}, resources: ["*"], priorities: ["*"] }
`;

const limits = [{ dimension: 'requests', amount: 100, windowMs: 5_000, window: 'sliding' }] as const;
/** Longer than a worker's lock and its two stalled checks: whoever rescues has done so. */
const STANDSTILL_MS = 11_000;

export interface Crash {
  readonly app: AppName;
  readonly point: string;
  readonly signal: 'SIGKILL' | 'SIGSTOP';
  /** At which passing; the third, so that something went well before. */
  readonly nth?: number;
  /** How long it stands still; longer than its lease. */
  readonly standstillMs?: number;
}

/**
 * Runs `traffic` on a system that has no process of this kind yet: the one that is started dies at the point and is started
 * again, or stands still there for longer than its lease while another takes over, and then goes on.
 */
export async function crashing<Outcome>(system: System, { app, point, signal, nth = 3, standstillMs = STANDSTILL_MS }: Crash, traffic: () => Promise<Outcome>): Promise<Outcome> {
  let over = false;
  try {
    const armed = await system.start(app, { SLUICE_CRASH_POINT: `${point}/${signal}/${nth}` });
    // The supervisor's part: a child that dies is started again.
    const again = new Promise<void>((resolve, reject) => {
      armed.child.once('exit', () => { if (!over) system.start(app).then(() => resolve(), reject); });
    });
    const outcome = traffic();
    outcome.catch(() => undefined); // awaited below
    if (signal === 'SIGSTOP') {
      await waitFor(() => stateOf(armed.child.pid) === 'T', { withinMs: 20_000, what: `${app} stands still at ${point}` });
      // Its work is taken over while it stands still: another of its kind, as on a second machine.
      const spare = await system.start(app);
      await waitFor(stoodStill(standstillMs), { withinMs: standstillMs + 5_000, what: 'it stood still for longer than its lease' });
      armed.child.kill('SIGCONT');
      expect(spare.child.exitCode).toBeNull();
    } else {
      await waitFor(() => armed.child.signalCode === 'SIGKILL', { withinMs: 20_000, what: `${app} dies at ${point}` });
      await again;
    }
    return await outcome;
  } finally {
    over = true;
  }
}

export async function crashAt(crash: Crash): Promise<void> {
  const { app } = crash;
  const simulator = { limits, latencyMs: 30, chunkEveryMs: 5, keepCalls: 10_000 };
  const system = await startSystem({
    configuration: CONFIGURATION, apps: { [app]: 0 },
    simulators: [{ ...simulator, script: [{ when: { every: 4 }, fault: { kind: 'status', status: 500 } }] }, simulator],
  });
  try {
    const ended = await crashing(system, crash, () => volley(system, 16, system.apps('ingress')[0]?.url));
    for (const one of ended) {
      // An ingress takes its own connections with it, and nothing else ever breaks without a word.
      if (app !== 'ingress') expect(one.kind, JSON.stringify(one)).not.toBe('broken');
      if (one.kind === 'error') expect(['provider_error', 'unavailable', 'cancelled'], JSON.stringify(one)).toContain(one.code);
    }
    await expectInvariants(system, ended);
  } finally {
    await system.stop();
  }
}

/** The state letter of `/proc/PID/stat`: T is stopped. */
function stateOf(pid: number | undefined): string | undefined {
  return readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.[0];
}

function stoodStill(ms: number): () => boolean {
  const since = performance.now();
  return () => performance.now() - since > ms;
}
