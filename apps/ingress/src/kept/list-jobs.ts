/** `GET /v1/jobs`: newest first, in pages, filtered. */
import { SluiceError, TRANSITIONS } from '@sluice/domain';
import type { Environment, JobStatus } from '@sluice/domain';
import type { ListQuestion, StoredJob } from '@sluice/store';
import { jobObject } from './job-object.ts';
import { asked, type KeptParts } from './kept-parts.ts';

const MOST = 100;
const DEFAULT = 20;
/** Of pages looked through for jobs that are queued, or running: which they are, only Redis knows. */
const PAGES = 10;

type Query = Readonly<Record<string, unknown>>;

export async function listJobs(query: Query, { id, settings }: Environment, parts: KeptParts) {
  const limit = limitOf(query);
  const question = {
    environment: id, createdAfter: parts.now() - settings.retentionMs, resource: text(query, 'resource'), tag: text(query, 'tag'),
    correlationId: text(query, 'correlation_id'), answerId: text(query, 'answer_id'), after: text(query, 'after'), limit: limit + 1,
  };
  const found = await pageOf(question, stateOf(query), parts);
  const data = found.slice(0, limit);
  return { object: 'list', data, has_more: found.length > limit, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null };
}

async function pageOf(question: Omit<ListQuestion, 'state'>, state: string | null, { jobs, door }: KeptParts) {
  const moves = state === 'queued' || state === 'running';
  const found: ReturnType<typeof jobObject>[] = [];
  let { after } = question;
  for (let page = 0; page < PAGES && found.length < question.limit; page++) {
    const rows = await asked(jobs.list({ ...question, after, state: moves ? 'queued' : state }));
    const objects = await Promise.all(rows.map(async (row) => jobObject(row, { status: await statusOf(row, door) })));
    found.push(...(state === null ? objects : objects.filter((object) => object.state === state)));
    if (!moves || rows.length < question.limit) break;
    after = rows.at(-1)?.job.id ?? null;
  }
  return found.slice(0, question.limit);
}

/** Where Redis is away, what runs is told as queued. */
const statusOf = ({ job, end }: StoredJob, door: KeptParts['door']): Promise<JobStatus | undefined> =>
  (end ? Promise.resolve(undefined) : door.status(job.id).catch(() => undefined));

function text(query: Query, name: string): string | null {
  const value = query[name];
  if (value === undefined || value === '') return null;
  if (typeof value !== 'string' || value.length > 512 || value.includes('\0')) throw wrong(name, 'expected one short text');
  return value;
}

function stateOf(query: Query): string | null {
  const state = text(query, 'state');
  const known = Object.keys(TRANSITIONS);
  if (state !== null && !known.includes(state)) throw wrong('state', `expected one of ${known.join(', ')}`);
  return state;
}

function limitOf(query: Query): number {
  const given = text(query, 'limit');
  const limit = given === null ? DEFAULT : /^\d{1,4}$/.test(given) ? Number(given) : Number.NaN;
  if (!(limit >= 1 && limit <= MOST)) throw wrong('limit', `expected a number from 1 to ${MOST}`);
  return limit;
}

const wrong = (param: string, what: string): SluiceError => new SluiceError('invalid_request', `${param}: ${what}`, { param });
