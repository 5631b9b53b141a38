/** Jobs as operators look for them, and one of them with all that is known. */
import { createdAtOf, parseLane, SluiceError } from '@sluice/domain';
import type { Environment } from '@sluice/domain';
import type { LiveJob } from '@sluice/queue';
import type { FoundJob, JobQuestion } from '@sluice/store';
import { attemptObject, ENDPOINT_PATHS } from '../kept/job-object.ts';
import type { AdminParts } from './parts.ts';

type Parts = Pick<AdminParts, 'store' | 'operations' | 'now'>;

/** Of calls that no row is kept of: looked through where unfinished jobs are asked for. */
const MOST_LIVE = 1_000;

export async function findJobs(environment: Environment, question: JobQuestion, parts: Parts) {
  const { state, limit, after } = question;
  const moves = state === 'queued' || state === 'running';
  const rows = await parts.store.admin.searchJobs({ ...question, state: moves ? 'queued' : state, limit: limit + 1 });
  const told = await Promise.all(rows.map(async (row) => foundObject(row, environment, row.state === 'queued' ? (await parts.operations.live(row.id))?.state ?? 'queued' : row.state)));
  const live = moves && after === null ? await liveOnes(environment, question, parts) : [];
  const data = [...told.filter((job) => !moves || job.state === state), ...live.map((one) => liveObject(one, environment))].toSorted((a, b) => (a.id < b.id ? 1 : -1));
  return { object: 'list', data: data.slice(0, limit), has_more: rows.length > limit || data.length > limit, last_id: (data.slice(0, limit).at(-1) ?? rows.at(-1))?.id ?? null };
}

/** Calls that only Redis knows of, of the state that is asked for. */
async function liveOnes(environment: Environment, asked: JobQuestion, { operations }: Parts): Promise<readonly LiveJob[]> {
  const found: LiveJob[] = [];
  let looked = 0;
  for (const { id } of environment.connections) {
    if (asked.connection !== null && asked.connection !== id) continue;
    for await (const page of operations.unfinished(id)) {
      looked += page.length;
      found.push(...page.filter((one) => !one.job.kept && one.state === asked.state && isMeant(one, asked)));
      if (looked >= MOST_LIVE) return found;
    }
  }
  return found;
}

const isMeant = ({ job }: LiveJob, asked: JobQuestion): boolean =>
  job.environment === asked.environment && asked.error === null && job.createdAt >= asked.from && job.createdAt < asked.to
  && (asked.resource === null || job.resource === asked.resource) && (asked.priority === null || job.priority === asked.priority)
  && (asked.apiKey === null || job.apiKey === asked.apiKey) && (asked.tag === null || job.tags.includes(asked.tag))
  && (asked.correlationId === null || job.correlationId === asked.correlationId);

/** Throws `not_found`, also for a job of another environment. */
export async function oneJob(environment: Environment, id: string, parts: Parts) {
  const [row, live] = await Promise.all([storedRow(environment, id, parts), parts.operations.live(id)]);
  const mine = live?.job.environment === environment.id ? live : undefined;
  if (!row && !mine) throw new SluiceError('not_found', 'there is no such job', { param: 'id' });
  const [attempts, deliveries] = await Promise.all([
    parts.store.jobs.attempts(id), parts.store.webhooks.deliveries({ environmentId: environment.id, subject: id, limit: 100 }),
  ]);
  const isLive = mine !== undefined && (!row || row.state === 'queued');
  const object = row ? foundObject(row, environment, isLive ? mine.state : row.state) : liveObject(mine as LiveJob, environment); // one of both is there
  return {
    ...object, attempts_made: attempts.map((attempt) => ({ ...attemptObject(attempt), connection: nameIn(environment.connections, attempt.connection) })),
    explanation: isLive && mine.state === 'queued' ? await explained(mine, environment, parts) : null,
    deliveries: deliveries.map(({ eventId, endpointId, type, state, tries }) => ({ event_id: eventId, endpoint_id: endpointId, type, state, tries })),
  };
}

async function storedRow({ id: environment }: Environment, id: string, { store }: Parts): Promise<FoundJob | undefined> {
  const createdAt = /^job_[0-9A-HJKMNP-TV-Z]{26}$/.test(id) ? createdAtOf(id) : undefined;
  return createdAt === undefined ? undefined : store.admin.findJob({ environment, id, createdAt });
}

/** Why it waits: what holds back the head of its lane, and how many of its lane go before it. */
async function explained(live: LiveJob, environment: Environment, { operations }: Parts) {
  const { connection } = parseLane(live.lane);
  const [place, views] = await Promise.all([operations.placeInLane(live), operations.views([connection])]);
  const lane = views.get(connection)?.lanes.find((one) => one.lane === live.lane);
  const ahead = place === null || place === 0 ? '' : `${place} ${place === 1 ? 'job is' : 'jobs are'} ahead of it in its lane. The first of them: `;
  return {
    connection: nameIn(environment.connections, connection), place_in_lane: place, reason: lane?.reason.kind ?? 'not_owned',
    text: lane ? ahead + lane.reason.text : 'No scheduler looks after its connection at the moment; another takes over within seconds.',
  };
}

const nameIn = (named: readonly { readonly id: string; readonly name: string }[], id: string | null): string | null =>
  (id === null ? null : named.find((one) => one.id === id)?.name ?? id);

const foundObject = (row: FoundJob, { connections, apiKeys }: Environment, state: string) => ({
  object: 'job', id: row.id, state, kept: row.kept, mode: row.mode, endpoint: pathOf(row.endpoint), key: nameIn(apiKeys, row.apiKey), resource: row.resource,
  priority: row.priority, connection: nameIn(connections, row.connection), provider: row.provider, model: row.model, attempts: row.attempts,
  error: row.errorCode === null ? null : { code: row.errorCode, message: row.errorMessage },
  input_tokens: row.inputTokens, output_tokens: row.outputTokens, cost: row.cost, correlation_id: row.correlationId, tags: row.tags,
  created_at: row.createdAt, started_at: row.startedAt, ended_at: row.endedAt,
});

const liveObject = ({ job, state, lane }: LiveJob, { connections, apiKeys }: Environment): ReturnType<typeof foundObject> => ({
  object: 'job', id: job.id, state, kept: job.kept !== undefined, mode: job.mode, endpoint: ENDPOINT_PATHS[job.endpoint], key: nameIn(apiKeys, job.apiKey),
  resource: job.resource, priority: job.priority, connection: nameIn(connections, parseLane(lane).connection), provider: null, model: null, attempts: null, error: null,
  input_tokens: null, output_tokens: null, cost: null, correlation_id: job.correlationId, tags: job.tags, created_at: job.createdAt, started_at: null, ended_at: null,
});

const PATHS: Readonly<Record<string, string>> = ENDPOINT_PATHS;
const pathOf = (endpoint: string): string => PATHS[endpoint] ?? endpoint;
