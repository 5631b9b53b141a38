/** What must hold of kept work once it is over: from the simulator's, the receiver's and Postgres' own records. */
import { waitFor, type Receiver } from '@sluice/testkit';
import { expect } from 'vitest';
import { KEY, type System } from '../system.ts';
import { nameIn, type KeptWork } from './kept-work.ts';

export interface Row {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly batch: string | null;
  readonly generation: number;
  readonly attempts: number | null;
  /** Attempts in the audit that may have reached the provider. */
  readonly sent: number;
  /** Attempts in the audit, of the last generation. */
  readonly recorded: number;
  readonly audited: string | null;
  readonly hasAnswer: boolean;
}

/** One row for each job and line that was ever accepted. */
export const rowsOf = (system: System): Promise<readonly Row[]> => system.query<Row>(`
  select job.id, coalesce(batch_custom_id, job.correlation_id) as name, job.state, batch_id as batch, generation, job.attempts,
    (select count(*) from audit_attempt a where a.job = job.id and (sent_at is not null or outcome = 'lost'))::integer as sent,
    (select count(*) from audit_attempt a where a.job = job.id and attempt > generation * 1000)::integer as recorded,
    audit.state as audited, answer is not null as "hasAnswer"
  from job left join audit on audit.id = job.id`);

/** What the provider was asked for; who only looks at its models sends nothing. */
export const requestsOf = (system: System): readonly string[] => system.simulators.flatMap((simulator) => simulator.bodies()).filter((body) => body !== '');

/** How often the provider was called for each name. */
export function callsByName(system: System): ReadonlyMap<string, number> {
  const calls = new Map<string, number>();
  for (const name of requestsOf(system).map(nameIn)) calls.set(name, (calls.get(name) ?? 0) + 1);
  return calls;
}

/** Names that the provider was called for more often than attempts are recorded. */
export async function unrecorded(system: System, calls: ReadonlyMap<string, number>): Promise<readonly string[]> {
  const rows = new Map((await rowsOf(system)).map((row) => [row.name, row]));
  return [...calls].filter(([name, count]) => count > (rows.get(name)?.sent ?? 0)).map(([name, count]) => `${name}: ${count} calls, ${rows.get(name)?.sent ?? 0} attempts`);
}

/** A worker's death is found within 15 s; what a worker that stands still has read of the journal is taken over after as long. */
const RECORDED_WITHIN_MS = 60_000;

export async function expectKeptRecords(system: System, work: KeptWork, { told, withinMs }: { told: Receiver; withinMs: number }): Promise<void> {
  await waitFor(async () => (await system.query("select from job where state = 'queued' limit 1")).length === 0, { withinMs, everyMs: 500, what: 'every kept job is final' });
  await waitFor(async () => (await rowsOf(system)).every(({ audited, attempts, recorded }) => audited !== null && recorded >= (attempts ?? 0)),
    { withinMs: RECORDED_WITHIN_MS, everyMs: 500, what: 'every kept job and every attempt is audited' });
  const calls = callsByName(system);
  await waitFor(async () => (await unrecorded(system, calls)).length === 0, { withinMs: RECORDED_WITHIN_MS, everyMs: 500, what: 'as many attempts recorded as calls made' })
    .catch(async () => expect(await unrecorded(system, calls), 'provider calls ≤ attempts recorded').toEqual([]));
  const rows = await rowsOf(system);
  expectFinalOnce(rows, work);
  for (const simulator of system.simulators) expect(simulator.oracle().refused, 'refusals the provider counted').toBe(0);
  if (work.batch !== null) await expectBatch(system, work.batch, rows);
  await expectTold(system, { work, rows, told });
}

function expectFinalOnce(rows: readonly Row[], { jobs }: KeptWork): void {
  const byId = new Map(rows.map((row) => [row.id, row]));
  for (const [id, name] of jobs) expect(byId.get(id), `${name}, which was accepted`).toMatchObject({ name, state: 'completed', batch: null });
  expect(rows.filter(({ batch }) => batch === null), 'jobs, each accepted once').toHaveLength(jobs.size);
  for (const row of rows) expect(row, row.name).toMatchObject({ state: 'completed', audited: 'completed', hasAnswer: true, recorded: row.attempts });
}

async function expectBatch(system: System, id: string, rows: readonly Row[]): Promise<void> {
  const ask = (path: string) => fetch(`${system.apps('ingress')[0]?.url}/v1/${path}`, { headers: { authorization: `Bearer ${KEY}` } });
  const batch = await waitFor(async () => {
    const found = (await (await ask(`batches/${id}`)).json()) as { status: string; output_file_id: string; error_file_id: string | null; request_counts: object };
    return found.status === 'completed' ? found : undefined;
  }, { withinMs: 60_000, everyMs: 200, what: 'the batch is completed' });
  const lines = rows.filter((row) => row.batch === id);
  expect(batch).toMatchObject({ error_file_id: null, request_counts: { total: lines.length, completed: lines.length, failed: 0 } });
  const results = (await (await ask(`files/${batch.output_file_id}/content`)).text()).trimEnd().split('\n')
    .map((line) => JSON.parse(line) as { custom_id: string; response: { request_id: string } });
  const ids = new Map(lines.map((row) => [row.name, row.id]));
  expect(results.map(({ custom_id }) => custom_id), 'every line once, in order').toEqual([...ids.keys()].sort());
  for (const { custom_id, response } of results) expect(response.request_id, custom_id).toBe(ids.get(custom_id));
}

interface Told {
  readonly work: KeptWork;
  readonly rows: readonly Row[];
  readonly told: Receiver;
}

/** Everything that is final was told of, as what it is, under one id however often; a line of a batch tells nothing. */
async function expectTold(system: System, { work, rows, told }: Told): Promise<void> {
  const expected = new Map([...rows.filter(({ batch }) => batch === null).map(({ id }) => [id, 'job.completed'] as const), ...(work.batch === null ? [] : [[work.batch, 'batch.completed'] as const])]);
  await waitFor(async () => (await system.query("select from delivery where state <> 'delivered' limit 1")).length === 0, { withinMs: 60_000, everyMs: 500, what: 'every webhook is delivered' });
  const heard = new Map<string, Set<string>>();
  for (const { id, body } of told.received) {
    const event = JSON.parse(body) as { id: string; type: string; data: { id: string } };
    heard.set(event.data.id, (heard.get(event.data.id) ?? new Set()).add(`${id} ${event.id} ${event.type}`));
  }
  expect([...heard.keys()].sort(), 'who was told of').toEqual([...expected.keys()].sort());
  for (const [subject, type] of expected) {
    const event = subject.replace(/^[a-z]+_/, 'evt_');
    expect([...(heard.get(subject) ?? [])], `what was told of ${subject}`).toEqual([`${event} ${event} ${type}`]);
  }
}
