/** Registered endpoints: who is told of every event of an environment. Secrets are sealed here and never come out again. */
import { type EventType, newId, newWebhookSecret, SluiceError } from '@sluice/domain';
import { type Kysely, sql } from 'kysely';
import { seal } from '../seal.ts';
import { deliveriesOfEvents } from './insert-deliveries.ts';

export interface NewEndpoint {
  readonly environmentId: string;
  readonly name: string;
  /** As `endpointUrl` of the domain leaves it. */
  readonly url: string;
  /** Empty: all. */
  readonly events: readonly EventType[];
  readonly inlineResult: boolean;
}

export interface EndpointSecret {
  readonly id: string;
  /** In clear, this once. */
  readonly secret: string;
}

/** `invalid_request`: the name is taken. */
export async function registerEndpoint(db: Kysely<unknown>, endpoint: NewEndpoint, masterKey: Uint8Array): Promise<EndpointSecret> {
  const id = newId('whe_', Date.now());
  const secret = newWebhookSecret();
  const { numAffectedRows } = await sql`
    insert into webhook_endpoint (id, environment_id, name, url, events, inline_result, secret)
    values (${id}, ${endpoint.environmentId}, ${endpoint.name}, ${endpoint.url}, ${endpoint.events}, ${endpoint.inlineResult}, ${seal(secret, masterKey, id)})
    on conflict (environment_id, name) do nothing
  `.execute(db);
  if (numAffectedRows === 0n) throw new SluiceError('invalid_request', 'name: there is an endpoint of this name', { param: 'name' });
  return { id, secret };
}

export interface WebhookEndpoint {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly events: readonly EventType[];
  readonly inlineResult: boolean;
  readonly state: 'enabled' | 'disabled';
  readonly failures: number;
  /** Deliveries not made yet. */
  readonly waiting: number;
}

export async function listEndpoints(db: Kysely<unknown>, environmentId: string): Promise<readonly WebhookEndpoint[]> {
  const { rows } = await sql<WebhookEndpoint>`
    select id, name, url, events, inline_result as "inlineResult", state, failures,
      (select count(*)::integer from delivery d where d.endpoint_id = e.id and d.state = 'waiting') as waiting
    from webhook_endpoint e where environment_id = ${environmentId} and name is not null order by created_at, name
  `.execute(db);
  return rows;
}

interface Whose {
  readonly environmentId: string;
  readonly endpointId: string;
}

/** Both the old and the new one sign until `overlapMs` have passed. Null: there is no such endpoint. */
export async function rotateSecret(db: Kysely<unknown>, { environmentId, endpointId }: Whose, by: { masterKey: Uint8Array; overlapMs: number }): Promise<EndpointSecret | null> {
  const secret = newWebhookSecret();
  const { numAffectedRows } = await sql`
    update webhook_endpoint set previous_secret = secret, previous_secret_until = now() + ${by.overlapMs}::float8 * interval '1 ms',
      secret = ${seal(secret, by.masterKey, endpointId)}
    where environment_id = ${environmentId} and id = ${endpointId} and name is not null
  `.execute(db);
  return numAffectedRows === 1n ? { id: endpointId, secret } : null;
}

/** Enabling also closes the breaker. False: there is none. */
export async function setEndpointState(db: Kysely<unknown>, { environmentId, endpointId }: Whose, state: 'enabled' | 'disabled'): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update webhook_endpoint set state = ${state}, failures = 0, paused_until = '-infinity'
    where environment_id = ${environmentId} and id = ${endpointId}
  `.execute(db);
  return numAffectedRows === 1n;
}

/** An event that says nothing happened, to this endpoint alone. Returns its id; null: there is no such endpoint, or it is disabled. */
export async function sendTestEvent(db: Kysely<unknown>, { environmentId, endpointId }: Whose): Promise<string | null> {
  const id = newId('evt_', Date.now());
  const { rows } = await sql`
    with target as (
      update webhook_endpoint set paused_until = '-infinity'
      where environment_id = ${environmentId} and id = ${endpointId} and state = 'enabled' returning id
    )
    insert into delivery (event_id, endpoint_id, environment_id, type, subject, inline_result)
    select ${id}, id, ${environmentId}, 'webhook.test', id, false from target returning event_id
  `.execute(db);
  return rows.length === 1 ? id : null;
}

/** The environment's own secret: the given one if it has none yet. Sealed, as stored. */
export async function fixEnvironmentSecret(db: Kysely<unknown>, environmentId: string, sealed: string): Promise<string> {
  const { rows: [row] } = await sql<{ secret: string }>`
    update environment set webhook_secret = coalesce(webhook_secret, ${sealed}) where id = ${environmentId} returning webhook_secret as secret
  `.execute(db);
  if (!row) throw new Error(`environment ${environmentId} is gone`);
  return row.secret;
}

/** Something that became final, told by itself: what has a statement of its own uses `deliveriesOfEvents` there. */
export interface TellableEvent {
  readonly id: string;
  readonly environmentId: string;
  readonly type: EventType;
  readonly subject: string;
  readonly webhook: { readonly url: string; readonly events?: readonly string[]; readonly inlineResult?: boolean } | null;
}

export async function tellEvent(db: Kysely<unknown>, { id, environmentId, type, subject, webhook }: TellableEvent): Promise<void> {
  await sql`
    with event as (
      select ${id}::text as id, ${environmentId}::text as environment_id, ${type}::text as type, ${subject}::text as subject,
        ${webhook === null ? null : JSON.stringify(webhook)}::jsonb as webhook
    ), ${deliveriesOfEvents}
    select
  `.execute(db);
}
