import type { Snapshot } from '@sluice/domain';
import { type Kysely, sql } from 'kysely';
import { snapshotSchema } from './stored.ts';

/**
 * Everything configured, as one immutable value. One statement, so that it is of one moment and its version is its own.
 * Rejects when a row is not what this release understands: the caller keeps the snapshot it has.
 */
export async function readSnapshot(db: Kysely<unknown>): Promise<Snapshot> {
  const { rows: [row] } = await sql<{ snapshot: unknown }>`
    select json_build_object(
      'version', (select version from configuration_version),
      'environments', coalesce((
        select json_agg(json_build_object(
          'id', e.id,
          'workspace', e.workspace_id,
          'name', e.name,
          'settings', e.settings,
          'connections', coalesce((
            select json_agg(json_build_object(
              'id', c.id, 'name', c.name, 'provider', c.provider, 'baseUrl', c.base_url,
              'sealedCredentials', c.sealed_credentials,
              'limits', c.capacity -> 'limits', 'guardMs', c.capacity -> 'guardMs',
              'headroom', c.capacity -> 'headroom', 'slotShare', c.capacity -> 'slotShare',
              'state', case when c.state = 'enabled' and c.draining then 'draining' else c.state end
            ) order by c.created_at, c.name) from connection c where c.environment_id = e.id), '[]'),
          'priorities', coalesce((
            select json_agg(json_build_object(
              'name', p.name, 'rank', p.rank, 'reserved', p.reserved, 'ceiling', p.ceiling, 'agesAfterMs', p.ages_after_ms
            ) order by p.rank, p.name) from priority p where p.environment_id = e.id), '[]'),
          'resources', coalesce((
            select json_agg(json_build_object(
              'id', r.id, 'name', r.name, 'priority', r.priority, 'routes', r.routes, 'fallback', r.fallback,
              'maxWaitMs', r.max_wait_ms, 'spillAfterMs', r.spill_after_ms,
              'onUnsupported', r.on_unsupported, 'limits', r.limits
            ) order by r.position, r.name) from resource r where r.environment_id = e.id), '[]'),
          'apiKeys', coalesce((
            select json_agg(json_build_object(
              'id', k.id, 'name', k.name, 'hash', k.hash, 'masked', k.masked,
              'resources', k.resources, 'priorities', k.priorities, 'weight', k.weight, 'limits', k.limits,
              'mayChooseRoute', k.may_choose_route, 'loopbackOnly', k.loopback_only, 'enabled', k.enabled,
              'expiresAt', k.expires_at_ms
            ) order by k.created_at, k.name) from api_key k where k.environment_id = e.id), '[]')
        ) order by e.created_at, e.name)
        from environment e), '[]')
    ) as snapshot
  `.execute(db);
  const parsed = snapshotSchema.safeParse(row?.snapshot);
  if (parsed.success) return parsed.data;
  // Paths only: a value might be a credential.
  const places = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
  throw new Error(`the stored configuration is not one this release understands: ${places}`);
}

/** Cheap enough to poll. */
export async function configurationVersion(db: Kysely<unknown>): Promise<number> {
  const { rows: [row] } = await sql<{ version: string }>`select version from configuration_version`.execute(db);
  if (!row) throw new Error('the database holds no configuration version: it was not migrated');
  return Number(row.version);
}
