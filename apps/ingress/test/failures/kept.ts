/** Kept jobs under failure: what was accepted is final once, whatever died, and no provider was called more often than recorded. */
import { waitFor } from '@sluice/testkit';
import { expect } from 'vitest';
import { KEY } from '../system.ts';
import type { System } from '../system.ts';
import { oneResource } from './one-resource.ts';

export const KEPT_CONFIGURATION = oneResource(100);

export const KEPT_LIMITS = [{ dimension: 'requests', amount: 100, windowMs: 2_000, window: 'sliding' }] as const;

/** The id of a job that was accepted, or undefined where it was not (or nobody can tell). */
export async function acceptOne(system: System, content: string): Promise<string | undefined> {
  const url = system.apps('ingress')[0]?.url;
  if (!url) return undefined;
  try {
    const response = await fetch(`${url}/v1/jobs`, {
      method: 'POST', headers: { authorization: `Bearer ${KEY}` }, signal: AbortSignal.timeout(20_000),
      body: JSON.stringify({ endpoint: '/v1/chat/completions', body: { model: 'fast', max_tokens: 10, messages: [{ role: 'user', content }] } }),
    });
    return response.status === 202 ? ((await response.json()) as { id: string }).id : undefined;
  } catch {
    return undefined; // its ingress died: a row may be there all the same, and then it counts below
  }
}

/** What a worker that stands still has read of the journal is taken from it after 15 s, by one that looks every 5 s. */
const RECORDED_WITHIN_MS = 40_000;

interface Row { readonly id: string; readonly state: string; readonly attempts: number | null }

/** Every accepted job is final, once, with an answer; every row is. `extra`: attempts that no record can be expected of. */
export async function expectKept(system: System, accepted: readonly string[], withinMs = 60_000): Promise<void> {
  const rows = () => system.query<Row>('select id, state, attempts from job');
  await waitFor(async () => (await rows()).every(({ state }) => state !== 'queued'), { withinMs, everyMs: 200, what: 'every kept job is final' });
  const found = new Map((await rows()).map((row) => [row.id, row]));
  for (const id of accepted) expect(found.get(id)?.state, `the state of ${id}`).toBe('completed');
  const [answers] = await system.query<{ n: string }>("select count(*) n from job where state = 'completed' and answer is not null");
  expect(Number(answers?.n), 'completed jobs with an answer').toBe([...found.values()].filter(({ state }) => state === 'completed').length);
  const audited = () => system.query<{ id: string; state: string }>('select id, state from audit');
  await waitFor(async () => (await audited()).length >= found.size, { withinMs: RECORDED_WITHIN_MS, everyMs: 200, what: 'every kept job is audited' });
  for (const { id, state } of await audited()) if (found.has(id)) expect(state, `the audited state of ${id}`).toBe(found.get(id)?.state);
  const calls = system.simulators.flatMap((simulator) => simulator.calls()).length;
  await waitFor(async () => {
    const [sent] = await system.query<{ n: string }>("select count(*) n from audit_attempt where sent_at is not null or outcome = 'lost'");
    return Number(sent?.n) >= calls;
  }, { withinMs: RECORDED_WITHIN_MS, everyMs: 200, what: `attempts recorded ≥ ${calls} calls to the provider` });
  for (const simulator of system.simulators) expect(simulator.oracle().refused, 'refusals the provider counted').toBe(0);
}
