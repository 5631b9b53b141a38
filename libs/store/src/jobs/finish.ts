/** Finishing: the first end of a job stands, whoever brings it and however often. */
import { beforeFirstFrameOf, createdAtOf, ERRORS, type End, type FinalJob } from '@sluice/domain';
import { type Kysely, sql } from 'kysely';
import { COST } from '../cost.ts';
import { jsonRows } from '../json-rows.ts';
import { dayOf } from '../partitions.ts';
import type { Finished } from './kept-jobs.ts';
import { deliveriesOfEvents, jobEvent } from '../webhook/insert-deliveries.ts';
import { packed } from './packed-bytes.ts';
import { theseQueued } from './these-queued.ts';

export interface Finishing {
  readonly final: FinalJob;
  readonly answerId: string | null;
}

export async function finish(db: Kysely<unknown>, finishing: readonly Finishing[]): Promise<readonly Finished[]> {
  const chosen = new Map<string, Finishing>();
  for (const each of finishing) if (!chosen.has(each.final.job.id)) chosen.set(each.final.job.id, each);
  // In order of id, because two statements that lock the same rows in different orders would wait for each other for ever.
  const inOrder = [...chosen].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, each]) => each);
  const made = new Set(await makeFinal(db, inOrder));
  const stands = await endsOf(db, [...chosen.keys()].filter((id) => !made.has(id)));
  return finishing.map((each) => {
    const { id } = each.final.job;
    const own = chosen.get(id) ?? each;
    if (made.has(id)) return { first: own === each, end: own.final.end };
    return { first: false, end: stands.get(id) ?? each.final.end };
  });
}

const answerOf = ({ frames }: FinalJob): Buffer => Buffer.concat(frames.filter(({ kind }) => kind === 'data').map(({ data }) => data));

function rowOf({ final, answerId }: Finishing) {
  const { job, end, record, frames } = final;
  const head = frames[0]?.kind === 'head' ? frames[0] : undefined;
  if (head && head.seq !== beforeFirstFrameOf(job) + 1) throw new Error(`the answer of ${job.id} has no beginning`);
  return {
    day: dayOf(createdAtOf(job.id)), id: job.id, state: end.state, ending: end, answerId, generation: job.kept?.generation ?? 0,
    head: head ? (JSON.parse(head.data.toString()) as unknown) : null,
    sizes: frames.filter(({ kind }) => kind === 'data').map(({ data }) => data.length),
    frees: isFreeAgain(end),
    attempts: record.attempts, provider: record.provider, model: record.model, inputTokens: record.inputTokens,
    cachedInputTokens: record.cachedInputTokens, outputTokens: record.outputTokens, reasoningTokens: record.reasoningTokens,
    startedAt: record.startedAt, endedAt: record.endedAt,
  };
}

/** After these the same request may well succeed: the key must not stand in its way. */
function isFreeAgain({ error, state }: End): boolean {
  if (state === 'cancelled') return true;
  const status: number = error ? ERRORS[error.code].status : 200;
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/** Returns the ids of those that were not final. */
async function makeFinal(db: Kysely<unknown>, finishing: readonly Finishing[]): Promise<readonly string[]> {
  const answers = packed(finishing.map(({ final }) => answerOf(final)));
  const rows = finishing.map((each, index) => ({ ...rowOf(each), ...answers.places[index] }));
  const { rows: made } = await sql<{ id: string }>`
    with input as materialized (
      select record.*, ${COST} as cost from json_to_recordset(${jsonRows(rows)}::json) as record (
        day date, id text, state text, ending json, "answerId" text, generation integer, head json, sizes integer[], frees boolean,
        attempts integer, provider text, model text, "inputTokens" float8, "cachedInputTokens" float8, "outputTokens" float8,
        "reasoningTokens" float8, "startedAt" float8, "endedAt" float8, at integer, size integer)
      left join model_price price on price.provider = record.provider and price.model = record.model
    ), final as (
      update job set
        state = input.state, ending = input.ending, head = input.head, answer_id = input."answerId", generation = input.generation,
        answer = case when input.head is null then null else substring(${answers.bytes}::bytea from input.at for input.size) end,
        answer_sizes = input.sizes, body = null, attempts = input.attempts, provider = input.provider, model = input.model,
        input_tokens = input."inputTokens", cached_input_tokens = input."cachedInputTokens", output_tokens = input."outputTokens",
        reasoning_tokens = input."reasoningTokens", cost = input.cost,
        started_at = to_timestamp(input."startedAt" / 1000), ended_at = to_timestamp(input."endedAt" / 1000)
      from input
      where job.day = input.day and job.id = input.id and ${theseQueued(finishing.map(({ final }) => final.job.id))}
      returning job.id, job.environment, job.endpoint, job.state, job.webhook, job.batch_id, input.frees
    ), freed as (
      delete from idempotency using final where idempotency.job = final.id and final.frees
    ), event as (
      select 'evt_' || split_part(id, '_', 2) as id, environment as environment_id, ${jobEvent} as type, id as subject, webhook::jsonb as webhook
      from (select *, false as incomplete from final where batch_id is null) told
    ), ${deliveriesOfEvents}
    select id from final
  `.execute(db);
  return made.map(({ id }) => id);
}

async function endsOf(db: Kysely<unknown>, ids: readonly string[]): Promise<ReadonlyMap<string, End>> {
  if (ids.length === 0) return new Map();
  const days = [...new Set(ids.map((id) => dayOf(createdAtOf(id))))];
  const { rows } = await sql<{ id: string; ending: End }>`
    select id, ending from job where day = any(${days}::date[]) and id = any(${ids}::text[]) and ending is not null
  `.execute(db);
  return new Map(rows.map(({ id, ending }) => [id, ending]));
}
