/** What is wrong with an installation, or soon will be, the worst first. Pure. */
import type { Environment } from '@sluice/domain';
import type { Processes } from '@sluice/queue';
import type { WebhookEndpoint } from '@sluice/store';
import type { Views } from './queues.ts';

export interface Finding {
  readonly severity: 'broken' | 'warning' | 'note';
  /** What it is about, such as `connection main`. */
  readonly about: string;
  readonly text: string;
}

export interface Looked {
  readonly environment: Environment;
  readonly views: Views;
  readonly processes: Processes;
  readonly endpoints: readonly WebhookEndpoint[];
  /** Of Redis' settings. */
  readonly complaints: readonly string[];
  readonly pressure: string | null;
  readonly hasMasterKey: boolean;
  readonly now: number;
}

/** A head that waits longer is worth a look. */
const LONG_WAIT_MS = 60_000;
const ORDER = { broken: 0, warning: 1, note: 2 } as const;

export const findingsOf = (looked: Looked): readonly Finding[] =>
  [...ofInstallation(looked), ...ofConnections(looked), ...ofEnvironment(looked)].toSorted((a, b) => ORDER[a.severity] - ORDER[b.severity]);

function* ofInstallation({ processes, complaints, pressure, hasMasterKey }: Looked): Generator<Finding> {
  if (processes.schedulers === 0) yield { severity: 'broken', about: 'scheduler', text: 'No scheduler is alive: nothing is let out. Start apps/scheduler.' };
  if (processes.workers === 0) yield { severity: 'broken', about: 'worker', text: 'No worker is alive: nothing is sent. Start apps/worker.' };
  else if (processes.freeSlots === 0) yield { severity: 'warning', about: 'worker', text: `All ${processes.slots} slots of the workers are in use: start more, or raise SLUICE_WORKER_SLOTS.` };
  if (pressure !== null) yield { severity: 'broken', about: 'ingress', text: `New work is refused: ${pressure}.` };
  for (const text of complaints) yield { severity: 'warning', about: 'redis', text };
  if (!hasMasterKey) yield { severity: 'note', about: 'ingress', text: 'This ingress was started without SLUICE_MASTER_KEY: connections and endpoints cannot be changed here.' };
}

function* ofConnections({ environment, views, now }: Looked): Generator<Finding> {
  for (const { id, name, state } of environment.connections) {
    const about = `connection ${name}`;
    const view = views.get(id) ?? null;
    if (!view) {
      yield { severity: 'broken', about, text: 'No scheduler looks after it.' };
      continue;
    }
    const waiting = view.lanes.reduce((sum, lane) => sum + lane.waiting, 0);
    if (state === 'paused') yield { severity: waiting > 0 ? 'warning' : 'note', about, text: `It is paused, and ${waiting} jobs wait. Resume it to send them.` };
    if (state === 'draining') yield { severity: 'note', about, text: `It is draining: ${waiting} jobs still wait.` };
    if (view.cooldownUntil > now) yield { severity: 'warning', about, text: `The provider refused: nothing is sent for ${seconds(view.cooldownUntil - now)} s.` };
    for (const { model, until, cause } of view.circuits) {
      const whose = model === '*' ? 'all its models' : model;
      yield { severity: 'warning', about, text: `The circuit of ${whose} is open (${cause})${until === null ? ' until an operator closes it' : ` for ${seconds(until - now)} s`}.` };
    }
    const oldest = Math.min(...view.lanes.filter((lane) => lane.waiting > 0).map((lane) => lane.oldestAt));
    if (state === 'enabled' && now - oldest > LONG_WAIT_MS) yield { severity: 'note', about, text: `The oldest of ${waiting} waiting jobs has waited ${seconds(now - oldest)} s.` };
  }
}

function* ofEnvironment({ environment, endpoints, now }: Looked): Generator<Finding> {
  if (environment.connections.length === 0) yield { severity: 'broken', about: 'configuration', text: 'There is no connection: add one.' };
  if (environment.resources.length === 0) yield { severity: 'broken', about: 'configuration', text: 'There is no resource: nothing can be asked for by name.' };
  if (!environment.apiKeys.some(({ enabled, expiresAt }) => enabled && (expiresAt === null || expiresAt > now))) {
    yield { severity: 'broken', about: 'configuration', text: 'There is no API key in force: nobody can call. Make one.' };
  }
  for (const { name, state, failures, waiting } of endpoints) {
    if (state === 'disabled') yield { severity: 'warning', about: `endpoint ${name}`, text: `It is disabled, and ${waiting} deliveries wait.` };
    else if (failures > 0) yield { severity: 'warning', about: `endpoint ${name}`, text: `The last ${failures} tries failed, and ${waiting} deliveries wait.` };
  }
}

const seconds = (ms: number): number => Math.max(0, Math.round(ms / 1_000));
