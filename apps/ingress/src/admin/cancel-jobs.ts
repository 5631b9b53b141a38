/**
 * Cancelling by filter: kept jobs by their rows, all others where they wait or run. What ends meanwhile is not counted; what
 * comes meanwhile is not promised. Bounded at a time, so that a call ends; it says when more is left.
 */
import type { EndError, Environment, Job } from '@sluice/domain';
import { parseLane, SluiceError } from '@sluice/domain';
import type { LiveJob } from '@sluice/queue';
import type { AdminParts } from './parts.ts';

export interface CancelFilter {
  readonly state: 'queued' | 'running' | null;
  readonly resource: string | null;
  /** Name. */
  readonly connection: string | null;
  readonly priority: string | null;
  /** Name of an API key. */
  readonly key: string | null;
  readonly tag: string | null;
  readonly correlationId: string | null;
  /** Epoch ms. */
  readonly createdBefore: number | null;
}

export interface Cancelled {
  /** That the filter meets, as far as was looked. */
  readonly matched: number;
  readonly cancelled: number;
  /** More is left than is done in one call. */
  readonly more: boolean;
}

export const BY_OPERATOR: EndError = { code: 'cancelled', message: 'The job was cancelled by an operator.', param: null, retryAfterMs: null, provider: null };

/** Of jobs, in one call. */
const MOST = 10_000;
const AT_ONCE = 50;
const PAGE = 500;

type Parts = Pick<AdminParts, 'store' | 'door' | 'operations' | 'now'>;

export async function cancelMatching(environment: Environment, { filter, dryRun }: { filter: CancelFilter; dryRun: boolean }, parts: Parts): Promise<Cancelled> {
  const ids = idsOf(environment, filter);
  let [matched, cancelled] = [0, 0];
  for await (const jobs of matching(environment, { filter, ids }, parts)) {
    const taken = jobs.slice(0, MOST - matched);
    matched += taken.length;
    if (!dryRun) cancelled += await cancelAll(taken, parts);
    if (matched === MOST) return { matched, cancelled, more: true };
  }
  return { matched, cancelled, more: false };
}

/** Resolves with how many were not final already. */
async function cancelAll(jobs: readonly Job[], { door }: Parts): Promise<number> {
  let cancelled = 0;
  for (let start = 0; start < jobs.length; start += AT_ONCE) {
    const ended = await Promise.all(jobs.slice(start, start + AT_ONCE).map(async (job) => (
      job.kept ? (await door.endKept(job, 'operator', BY_OPERATOR)).state === 'cancelled' : await door.cancel(job, 'operator', BY_OPERATOR) !== 'final')));
    cancelled += ended.filter(Boolean).length;
  }
  return cancelled;
}

interface Ids {
  readonly connection: string | null;
  readonly key: string | null;
}

/** Throws `not_found` for names that are not there: a filter that is misspelt must not mean "none". */
function idsOf({ connections, apiKeys }: Environment, filter: CancelFilter): Ids {
  const find = (named: readonly { readonly id: string; readonly name: string }[], name: string | null, param: string) => {
    if (name === null) return null;
    const found = named.find((one) => one.name === name);
    if (!found) throw new SluiceError('not_found', `${param}: there is none of this name`, { param });
    return found.id;
  };
  return { connection: find(connections, filter.connection, 'connection'), key: find(apiKeys, filter.key, 'key') };
}

interface Looked {
  readonly filter: CancelFilter;
  readonly ids: Ids;
}

async function* matching(environment: Environment, looked: Looked, parts: Parts): AsyncGenerator<readonly Job[]> {
  yield* keptOnes(environment, looked, parts);
  for (const { id } of environment.connections) {
    if (looked.ids.connection !== null && looked.ids.connection !== id) continue;
    for await (const page of parts.operations.unfinished(id)) {
      yield page.filter((live) => !live.job.kept && live.job.environment === environment.id && meets(live, looked)).map(({ job }) => job);
    }
  }
}

async function* keptOnes(environment: Environment, { filter, ids }: Looked, { store, operations, now }: Parts): AsyncGenerator<readonly Job[]> {
  let after: string | null = null;
  for (;;) {
    const found: readonly { readonly id: string }[] = await store.admin.searchJobs({
      environment: environment.id, state: 'queued', resource: filter.resource, connection: ids.connection, priority: filter.priority, apiKey: ids.key, tag: filter.tag,
      correlationId: filter.correlationId, error: null, from: now() - environment.settings.retentionMs, to: filter.createdBefore ?? now() + 60_000, after, limit: PAGE,
    });
    const last = found.at(-1);
    if (!last) return;
    const jobs = await Promise.all(found.map(async ({ id }) => {
      const isMeant = filter.state === null || ((await operations.live(id))?.state ?? 'queued') === filter.state;
      return isMeant ? (await store.jobs.find(environment.id, id))?.job : undefined;
    }));
    yield jobs.filter((job) => job !== undefined);
    after = last.id;
  }
}

const meets = ({ job, state, lane }: LiveJob, { filter, ids }: Looked): boolean =>
  (filter.state === null || state === filter.state) && (filter.resource === null || job.resource === filter.resource)
  && (ids.connection === null || parseLane(lane).connection === ids.connection) && (filter.priority === null || job.priority === filter.priority)
  && (ids.key === null || job.apiKey === ids.key) && (filter.tag === null || job.tags.includes(filter.tag))
  && (filter.correlationId === null || job.correlationId === filter.correlationId) && (filter.createdBefore === null || job.createdAt < filter.createdBefore);
