/**
 * What is to be told of things that became final: the statements that write `delivery` rows, as parts of the one that
 * makes them final. Which endpoints hear of an event is decided here and nowhere else.
 */
import { BATCH_EVENTS, type FinalState, JOB_EVENTS, RESPONSE_EVENTS } from '@sluice/domain';
import { type RawBuilder, sql } from 'kysely';

const byState = (names: Readonly<Record<FinalState, string>>) =>
  sql.join(Object.entries(names).map(([state, name]) => sql`when ${sql.lit(state)} then ${sql.lit(name)}`), sql` `);

/** The event that tells of a job's end, from the columns `endpoint`, `state` and `incomplete` (boolean) of a row. */
export const jobEvent: RawBuilder<unknown> = sql`case
  when endpoint = 'responses' and state = 'completed' and incomplete then 'response.incomplete'
  when endpoint = 'responses' then case state ${byState(RESPONSE_EVENTS)} end
  else case state ${byState(JOB_EVENTS)} end
end`;

export const batchEvent: RawBuilder<unknown> = sql`case state ${byState(BATCH_EVENTS)} end`;

/**
 * CTEs, to stand in a statement behind one named `event` with the columns
 * `id` (evt_…), `environment_id`, `type`, `subject` and `webhook` (jsonb `{url, events, inlineResult?}` or null;
 * without events: all).
 *
 * An event that was told before is not told again: its id is the same.
 */
export const deliveriesOfEvents: RawBuilder<unknown> = sql`
  wanted as (
    select event.*, 'whe_' || left(encode(sha256(convert_to(environment_id || ' ' || (webhook ->> 'url'), 'UTF8')), 'hex'), 24) as endpoint_id
    from event
    where webhook ->> 'url' is not null and (jsonb_typeof(webhook -> 'events') is distinct from 'array' or webhook -> 'events' ? type)
  ),
  endpoint_of_job as (
    insert into webhook_endpoint (id, environment_id, url)
    -- In one order, because two statements that meet at the same rows would otherwise wait for each other.
    select distinct endpoint_id, environment_id, webhook ->> 'url' from wanted order by 1
    on conflict do nothing
  ),
  delivery_made as (
    insert into delivery (event_id, endpoint_id, environment_id, type, subject, inline_result)
    select id, endpoint_id, environment_id, type, subject, coalesce((webhook ->> 'inlineResult')::boolean, false) from wanted
    union all
    select event.id, registered.id, event.environment_id, event.type, event.subject, registered.inline_result
    from event
    join webhook_endpoint registered on registered.environment_id = event.environment_id
      and registered.name is not null and registered.state = 'enabled'
      and (registered.events = '{}' or event.type = any (registered.events))
    order by 1, 2
    on conflict do nothing
  )`;
