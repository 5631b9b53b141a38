/** Usage from the stand-in of QuestDB's table. */
import { MOST_USAGE_ROWS, type UsageDimension, type UsageQuestion, type UsageRow, type UsageSource } from '@sluice/domain';
import { type Kysely, sql } from 'kysely';
import type { Store } from '../store.ts';

/** Behind the port that QuestDB's reader has too. */
export const postgresUsage = (store: Pick<Store, 'admin'>): UsageSource => ({ name: 'postgres', usage: (question) => store.admin.usage(question) });

type Numbers = Omit<UsageRow, 'group'>;

/** The oldest interval first, and within it the most attempts. */
export async function usage(db: Kysely<unknown>, { environment, from, to, by, interval }: UsageQuestion): Promise<readonly UsageRow[]> {
  const at = interval === null ? sql`null::float8` : sql`extract(epoch from date_trunc(${sql.lit(interval)}, ts, 'UTC'))::float8 * 1000`;
  const columns = by.map((dimension) => sql.ref(dimension));
  const groups = [...columns, ...(interval === null ? [] : [sql`1`])];
  const { rows } = await sql<Numbers & Readonly<Record<UsageDimension, string>>>`
    select ${sql.join([at, ...columns].map((each, index) => (index === 0 ? sql`${each} as at` : each)))},
      count(*)::float8 as attempts, count(*) filter (where outcome = 'completed')::float8 as completed,
      coalesce(sum(tokens_in), 0)::float8 as "inputTokens", coalesce(sum(tokens_cached), 0)::float8 as "cachedInputTokens",
      coalesce(sum(tokens_out), 0)::float8 as "outputTokens", sum(cost)::float8 as cost,
      coalesce(avg(queue_ms), 0)::float8 as "queueMsMean", coalesce(max(queue_ms), 0)::float8 as "queueMsMax",
      coalesce(avg(ttft_ms), 0)::float8 as "firstByteMsMean", coalesce(avg(total_ms), 0)::float8 as "totalMsMean"
    from metric_attempt
    where environment = ${environment} and ts >= to_timestamp(${from}::float8 / 1000) and ts < to_timestamp(${to}::float8 / 1000)
    ${groups.length === 0 ? sql`` : sql`group by ${sql.join(groups)}`}
    order by 1, attempts desc limit ${MOST_USAGE_ROWS}
  `.execute(db);
  return rows.filter(({ attempts }) => attempts > 0).map((row) => ({
    at: row.at, attempts: row.attempts, completed: row.completed, inputTokens: row.inputTokens, cachedInputTokens: row.cachedInputTokens,
    outputTokens: row.outputTokens, cost: row.cost, queueMsMean: row.queueMsMean, queueMsMax: row.queueMsMax,
    firstByteMsMean: row.firstByteMsMean, totalMsMean: row.totalMsMean, group: Object.fromEntries(by.map((dimension) => [dimension, row[dimension]])),
  }));
}
