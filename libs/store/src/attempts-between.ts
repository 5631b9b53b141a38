import type { AttemptRecord } from '@sluice/domain';
import { type Kysely, sql } from 'kysely';
import { ROWS_A_STATEMENT } from './json-rows.ts';

/**
 * Attempts that ended in `from ≤ t < to` (epoch ms) as they were recorded, oldest first, in pages: from these the metrics
 * of a time in which their store was away are made again.
 */
export async function* attemptsBetween(db: Kysely<unknown>, from: number, to: number): AsyncGenerator<readonly AttemptRecord[]> {
  let after: Pick<AttemptRecord, 'endedAt' | 'job' | 'attempt'> = { endedAt: from, job: '', attempt: 0 };
  for (;;) {
    const page = await pageAfter(db, after, to);
    const last = page.at(-1);
    if (!last) return;
    yield page;
    if (page.length < ROWS_A_STATEMENT) return;
    after = last;
  }
}

async function pageAfter(
  db: Kysely<unknown>, after: Pick<AttemptRecord, 'endedAt' | 'job' | 'attempt'>, to: number,
): Promise<readonly AttemptRecord[]> {
  const { rows } = await sql<Omit<AttemptRecord, 'v' | 'kind'>>`
    select
      job, attempt, workspace, environment, connection, resource, provider, model, priority, tenant, mode, outcome,
      error_code as "errorCode", error_message as "errorMessage", http_status as "httpStatus",
      upstream_request_id as "upstreamRequestId",
      ${msOf('queued_at')} as "queuedAt", ${msOf('granted_at')} as "grantedAt", ${msOf('sent_at')} as "sentAt",
      ${msOf('first_byte_at')} as "firstByteAt", ${msOf('ended_at')} as "endedAt",
      input_tokens::float8 as "inputTokens", cached_input_tokens::float8 as "cachedInputTokens",
      output_tokens::float8 as "outputTokens", reasoning_tokens::float8 as "reasoningTokens",
      reserved_tokens::float8 as "reservedTokens", usage_source as "usageSource"
    from audit_attempt
    where (ended_at, job, attempt) > (to_timestamp(${after.endedAt}::float8 / 1000), ${after.job}, ${after.attempt}::integer)
      and ended_at < to_timestamp(${to}::float8 / 1000)
    order by audit_attempt.ended_at, audit_attempt.job, audit_attempt.attempt
    limit ${ROWS_A_STATEMENT}
  `.execute(db);
  return rows.map((row) => ({ v: 1, kind: 'attempt', ...row }));
}

const msOf = (column: string) => sql`round(extract(epoch from ${sql.ref(column)}) * 1000)::float8`;
