/** What a job waits for, as the owner of its connection tells it; and that all who tell of one version tell the same. */
import { createMetrics } from '@sluice/telemetry';
import { waitFor } from '@sluice/testkit';
import { afterEach, expect, test } from 'vitest';
import { openRig, snapshotOf, type Rig } from './support.ts';

let rig: Rig | undefined;
afterEach(async () => { await rig?.stop(); rig = undefined; });

const LIMITS = [{ dimension: 'requests', amount: 5, windowMs: 3_000, window: 'sliding' }] as const;

test('names the limit that the first of a lane lacks, and of those behind it how many go first', async () => {
  rig = await openRig();
  const open = rig;
  await rig.worker(async () => ({ inputTokens: 1, outputTokens: 1 }));
  const jobs = [];
  for (let i = 0; i < 8; i += 1) jobs.push(await rig.submit());
  await rig.scheduler(snapshotOf(LIMITS));
  const [first, second] = jobs.slice(5);
  if (first === undefined || second === undefined) throw new Error('eight jobs were submitted');
  const told = await waitFor(async () => {
    const why = await open.door.explain(first);
    return why?.answer?.constraint.kind === 'limit' ? why : undefined;
  }, { withinMs: 5_000, what: 'the limit' });
  expect(told).toMatchObject({ connection: 'con_1', answer: { constraint: { limit: 'requests/*/3000', short: 1 }, position: 0 } });
  expect(told?.answer?.sentence).toContain('The limit requests/*/3000 lacks 1');
  const behind = await open.door.explain(second);
  if (behind !== undefined) expect(behind.answer?.constraint.kind).toMatch(/lane_order|limit|nothing|lane_unknown/);
});

test('a job that does not wait is not explained, and one without an owner is not answered', async () => {
  rig = await openRig();
  const lonely = await rig.submit();
  expect(await rig.door.explain(lonely)).toEqual({ connection: 'con_1', answer: undefined });
  await rig.worker(async () => ({ inputTokens: 1, outputTokens: 1 }));
  await rig.scheduler(snapshotOf(LIMITS));
  const open = rig;
  await waitFor(async () => (await open.door.explain(lonely)) === undefined, { withinMs: 5_000, what: 'the end of the wait' });
});

test('heartbeats, explanations and metrics of one version agree throughout a run', async () => {
  rig = await openRig();
  const open = rig;
  await rig.worker(async () => ({ inputTokens: 1, outputTokens: 1 }));
  const jobs = await Promise.all(Array.from({ length: 60 }, (_, i) => open.submit({ tenant: `t${i % 3}` })));
  const metrics = createMetrics('scheduler');
  await rig.scheduler(snapshotOf(LIMITS), metrics);
  const told = new Map<string, Set<string>>();
  const note = (version: number | null | undefined, about: string, what: unknown): void => {
    if (version === null || version === undefined) return;
    const key = `${version} ${about}`;
    told.set(key, (told.get(key) ?? new Set()).add(JSON.stringify(what)));
  };
  let [pairs, until] = [0, performance.now() + 5_000];
  while (performance.now() < until) {
    for (const job of jobs.slice(-6)) {
      const [position, why] = await Promise.all([open.door.position(job), open.door.explain(job)]);
      note(position?.version, job.id, position?.position);
      note(why?.answer?.version, job.id, why?.answer?.position);
      if (position?.version !== null && position?.version === why?.answer?.version) pairs += 1;
    }
    const { version, waiting } = gaugesIn(await metrics.text());
    note(version, 'waiting', waiting);
    until = pairs >= 5 ? 0 : until;
  }
  expect(pairs).toBeGreaterThan(0);
  for (const [about, answers] of told) expect([...answers], about).toHaveLength(1);
}, 20_000);

/** Of the exposition of one connection. */
function gaugesIn(text: string): { version: number | undefined; waiting: string } {
  const valueOf = (name: string) => text.split('\n').filter((line) => line.startsWith(`${name}{`)).map((line) => line.slice(line.lastIndexOf(' ') + 1));
  const [version] = valueOf('sluice_ledger_version');
  return { version: version === undefined ? undefined : Number(version), waiting: valueOf('sluice_waiting_jobs').join(' ') };
}
