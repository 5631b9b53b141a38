/**
 * The tables of QuestDB, created by hand: left to the line protocol they would come without dedup keys, and a batch that
 * is written again after a broken connection would be counted twice.
 *
 * `ts` is when the attempt ended, taken from its record, so that a repeated row has the same key.
 */
const ATTEMPTS = `create table if not exists attempts (
  ts timestamp,
  workspace symbol, environment symbol, connection symbol, resource symbol, provider symbol, model symbol,
  priority symbol, tenant symbol, mode symbol, outcome symbol, error_code symbol,
  job_id varchar, attempt int,
  queue_ms long, ttft_ms long, total_ms long,
  tokens_in long, tokens_cached long, tokens_out long, tokens_reserved long,
  tokens_per_second double, cost double
) timestamp(ts) partition by day ttl 30 days wal dedup upsert keys(ts, job_id, attempt)`;

// Sums and counts, because they can be added up over any further grouping; a percentile of percentiles cannot, and is asked of `attempts`.
const PER_INTERVAL = `select ts,
  workspace, environment, connection, resource, provider, model, priority, tenant, mode, outcome, error_code,
  count() attempts,
  sum(queue_ms) queue_ms, max(queue_ms) queue_ms_max,
  count(ttft_ms) ttft_count, sum(ttft_ms) ttft_ms, max(ttft_ms) ttft_ms_max,
  sum(total_ms) total_ms, max(total_ms) total_ms_max,
  sum(tokens_in) tokens_in, sum(tokens_cached) tokens_cached, sum(tokens_out) tokens_out, sum(tokens_reserved) tokens_reserved,
  sum(cost) cost
  from attempts`;

const ATTEMPTS_MINUTE = `create materialized view if not exists attempts_minute as (${PER_INTERVAL} sample by 1m) partition by day ttl 90 days`;
const ATTEMPTS_HOUR = `create materialized view if not exists attempts_hour as (${PER_INTERVAL} sample by 1h) partition by month ttl 24 months`;

/** In the order in which they must be run; each may be run again. */
export const SCHEMA = [ATTEMPTS, ATTEMPTS_MINUTE, ATTEMPTS_HOUR] as const;
