/** QuestDB goes away under traffic and comes back: nobody who calls notices, and every attempt is counted, once. */
import { openWire, waitFor } from '@sluice/testkit';
import { expect, inject, test } from 'vitest';
import { expectInvariants } from '../failures/invariants.ts';
import { call, volley } from '../failures/traffic.ts';
import type { Ended } from '../failures/traffic.ts';
import { startSystem } from '../system.ts';
import type { System } from '../system.ts';

/** Nothing in the system knows of a longer time than its write's limit, 10 s; a minute or more can be asked for. */
const AWAY_MS = Number(process.env['SLUICE_AWAY_MS'] ?? 11_000);

interface Row { readonly job: string; readonly attempt: number; readonly outcome: string }

/** Asks QuestDB itself, not by the wire. The server is shared: rows are those of the jobs given, whose ids are unique. */
async function rowsOf(address: string, jobs: readonly string[]): Promise<readonly Row[]> {
  const first = [...jobs].sort()[0] ?? '';
  const statement = `select job_id, attempt, outcome from attempts where job_id >= '${first}' order by job_id, attempt limit 100000`;
  const answer = await fetch(`${new URL(address).origin}/exec?query=${encodeURIComponent(statement)}`);
  const { dataset = [], error } = await answer.json() as { dataset?: [string, number, string][]; error?: string }; // QuestDB's own shape
  if (error !== undefined && !/table does not exist/.test(error)) throw new Error(`QuestDB: ${error}`);
  const ours = new Set(jobs);
  return dataset.filter(([job]) => ours.has(job)).map(([job, attempt, outcome]) => ({ job, attempt, outcome }));
}

async function steadily(system: System, until: number): Promise<Ended[]> {
  const ended: Ended[] = [];
  while (performance.now() < until) ended.push(await call(system, { stream: ended.length % 2 === 0, url: system.url, maxTokens: 5 }));
  return ended;
}

const jobsOf = (ended: readonly Ended[]): string[] => ended.map(({ job }) => job ?? '');

test.for(['killed', 'deaf'] as const)('QuestDB %s: calls go on, and every attempt is in it exactly once afterwards', { timeout: 120_000 + AWAY_MS }, async (how, { skip }) => {
  const address = inject('questdbUrl');
  if (address === null) return skip(inject('missingStores').join('; '));
  const wire = await openWire(address);
  const system = await startSystem({ env: { QUESTDB_URL: wire.url } });
  try {
    const before = await volley(system, 20);
    await waitFor(async () => (await rowsOf(address, jobsOf(before))).length === before.length, { withinMs: 20_000, what: 'QuestDB has what came before', everyMs: 200 });

    if (how === 'killed') await wire.cut();
    else wire.deafen();
    const during = await steadily(system, performance.now() + AWAY_MS);
    expect(during.length, 'calls while it was away').toBeGreaterThan(10);
    expect(await rowsOf(address, jobsOf(during)), 'what QuestDB has of that time').toEqual([]);
    if (how === 'deaf') await wire.cut();
    await wire.mend();
    const all = [...before, ...during, ...await volley(system, 20)];

    expect(all.filter(({ kind }) => kind !== 'answered')).toEqual([]);
    await waitFor(async () => (await rowsOf(address, jobsOf(all))).length >= all.length, { withinMs: 30_000, what: 'QuestDB has every attempt', everyMs: 200 });
    await expectInvariants(system, all);
    const rows = await rowsOf(address, jobsOf(all));
    expect(rows).toEqual(jobsOf(all).sort().map((job) => ({ job, attempt: 1, outcome: 'completed' })));
    const audited = await system.query<{ job: string }>('select job, attempt, outcome from audit_attempt order by job collate "C"');
    expect(rows, 'the audit says the same').toEqual(audited);
    expect(system.output()).toContain('journal records not kept yet');
  } finally {
    await system.stop();
    await wire.cut();
  }
});
