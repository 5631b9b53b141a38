/**
 * Webhook endpoints and the environment's secret, as a file declares them. A secret that changes leaves the one before it in
 * force for a day, so that receivers can follow. Breakers, leases and deliveries are not the file's.
 */
import type { ConfigurationFile, DeclaredWebhookEndpoint } from '@sluice/domain/configuration-file';
import { type RawBuilder, sql, type Transaction } from 'kysely';
import { seal } from '../seal.ts';
import { type Change, same } from './plan.ts';
import { idOf, json, opened, type Row } from './rows.ts';

interface Owner {
  readonly environmentId: string;
  readonly masterKey: Uint8Array;
}

const OVERLAP = sql`now() + interval '1 day'`;

export async function reconcileWebhooks(db: Transaction<unknown>, file: ConfigurationFile, owner: Owner): Promise<readonly Change[]> {
  return [...await reconcileSecret(db, file, owner), ...await reconcileEndpoints(db, file.webhooks.endpoints, owner)];
}

async function reconcileSecret(db: Transaction<unknown>, { environment, webhooks: { secret } }: ConfigurationFile, { environmentId, masterKey }: Owner): Promise<readonly Change[]> {
  const { rows: [row] } = await sql<{ secret: string | null }>`select webhook_secret as secret from environment where id = ${environmentId}`.execute(db);
  const before = row?.secret ?? null;
  if (secret === null || (before !== null && opened(before, { id: environmentId, masterKey }) === secret)) return [];
  await sql`
    update environment set previous_webhook_secret = webhook_secret, previous_webhook_secret_until = ${OVERLAP},
      webhook_secret = ${seal(secret, masterKey, environmentId)}
    where id = ${environmentId}
  `.execute(db);
  const shown = (is: string): Row => ({ name: environment, webhook_secret: is });
  return [{ action: 'updated', kind: 'environment', name: environment, before: shown(before === null ? 'none' : 'the one before'), after: shown('a new one') }];
}

interface EndpointRow {
  readonly id: string;
  readonly name: string;
  readonly url: string;
  readonly events: readonly string[];
  readonly managed: boolean;
  readonly secret: string | null;
}

async function reconcileEndpoints(db: Transaction<unknown>, declared: readonly DeclaredWebhookEndpoint[], owner: Owner): Promise<readonly Change[]> {
  const { rows } = await sql<EndpointRow>`
    select id, name, url, events, managed, secret from webhook_endpoint where environment_id = ${owner.environmentId} and name is not null
  `.execute(db);
  const changes: Change[] = [];
  for (const row of rows.filter(({ name, managed }) => managed && !declared.some((each) => each.name === name))) {
    await sql`delete from webhook_endpoint where id = ${row.id}`.execute(db);
    changes.push({ action: 'deleted', kind: 'webhook_endpoint', name: row.name, before: shown(row), after: null });
  }
  for (const each of declared) {
    const before = rows.find(({ name }) => name === each.name);
    const change = await put(db, each, { before, owner });
    if (change) changes.push(change);
  }
  return changes;
}

async function put(db: Transaction<unknown>, endpoint: DeclaredWebhookEndpoint, { before, owner: { environmentId, masterKey } }: { before: EndpointRow | undefined; owner: Owner }): Promise<Change | undefined> {
  const { name, secret } = endpoint;
  const url = new URL(endpoint.url).href;
  const id = before?.id ?? idOf('whe', environmentId, name);
  const isSameSecret = before !== undefined && before.secret !== null && opened(before.secret, { id, masterKey }) === secret;
  const after = shown({ name, url, events: endpoint.events });
  if (before?.managed && isSameSecret && same(shown(before), after)) return undefined;
  const sealed = isSameSecret ? before.secret : seal(secret, masterKey, id);
  const rotation: RawBuilder<unknown> = isSameSecret
    ? sql``
    : sql`, previous_secret = webhook_endpoint.secret, previous_secret_until = ${OVERLAP}`;
  await sql`
    insert into webhook_endpoint (id, environment_id, name, url, events, secret, managed)
    values (${id}, ${environmentId}, ${name}, ${url}, ${endpoint.events}, ${sealed}, true)
    on conflict (environment_id, name) do update set url = excluded.url, events = excluded.events, secret = excluded.secret, managed = true ${rotation}
  `.execute(db);
  return { action: before ? 'updated' : 'created', kind: 'webhook_endpoint', name, before: before ? shown(before) : null, after };
}

/** Of secrets only that they are there. */
const shown = ({ name, url, events }: Pick<EndpointRow, 'name' | 'url' | 'events'>): Row => ({ name, url, events: json(events) });
