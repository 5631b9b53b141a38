/** What operators did: each change with who made it, and how things were before and after. */
import { type Kysely, sql } from 'kysely';
import type { Json } from '../reconcile/rows.ts';

export const ADMIN_ACTIONS = [
  'created', 'updated', 'deleted', 'paused', 'resumed', 'draining', 'circuit', 'rotated', 'cancelled', 'redelivered', 'tested', 'enabled', 'disabled',
  'signed_in', 'signed_out', 'refused',
] as const;
export type AdminAction = (typeof ADMIN_ACTIONS)[number];

export type AdminKind =
  | 'environment' | 'connection' | 'priority' | 'resource' | 'api_key' | 'webhook_endpoint' | 'delivery' | 'job' | 'batch' | 'user' | 'token' | 'session';

export interface AdminEvent {
  readonly id: number;
  /** ISO 8601. */
  readonly at: string;
  /** Null: of the installation. */
  readonly environmentId: string | null;
  readonly actor: string;
  readonly action: AdminAction;
  readonly kind: AdminKind;
  readonly name: string;
  readonly before: Json;
  readonly after: Json;
}

export interface EventQuestion {
  readonly environmentId: string;
  /** Those of no environment as well. */
  readonly installation: boolean;
  readonly actor: string | null;
  readonly kind: string | null;
  readonly name: string | null;
  /** The last id of the page before. */
  readonly before: number | null;
  readonly limit: number;
}

/** The newest first. */
export async function listEvents(db: Kysely<unknown>, question: EventQuestion): Promise<readonly AdminEvent[]> {
  const { rows } = await sql<AdminEvent & { id: string }>`
    select id, to_json(at) as at, environment_id as "environmentId", actor, action, kind, name, before, after
    from admin_event
    where (environment_id = ${question.environmentId} or (${question.installation}::boolean and environment_id is null))
      and (${question.actor}::text is null or actor = ${question.actor})
      and (${question.kind}::text is null or kind = ${question.kind})
      and (${question.name}::text is null or name = ${question.name})
      and (${question.before}::bigint is null or id < ${question.before})
    order by id desc limit ${question.limit}
  `.execute(db);
  return rows.map((row) => ({ ...row, id: Number(row.id) }));
}
