/**
 * Which process sends to which endpoint. An endpoint has one sender at a time, so that the bound on what is under way to
 * it holds without counting across processes, and a dead one takes the time of one sender only.
 */
import { type Kysely, sql } from 'kysely';

export interface ClaimedEndpoint {
  readonly id: string;
  readonly environmentId: string;
  readonly url: string;
  /** Sealed, the current one first; empty: those of the environment. */
  readonly secrets: readonly string[];
  readonly environmentSecrets: readonly string[];
  readonly failures: number;
  /** Rises with each owner; what is written later names it. */
  readonly lease: number;
}

export interface Claim {
  /** Unique per process start. */
  readonly holder: string;
  readonly leaseMs: number;
  readonly most: number;
}

/** Endpoints that have something due and no sender, those left longest first. */
export async function claimEndpoints(db: Kysely<unknown>, { holder, leaseMs, most }: Claim): Promise<readonly ClaimedEndpoint[]> {
  const { rows } = await sql<Omit<ClaimedEndpoint, 'lease'> & { lease: string }>`
    with free as (
      select id from webhook_endpoint e
      where state = 'enabled' and lease_until < clock_timestamp() and paused_until <= clock_timestamp()
        and exists (select from delivery d where d.endpoint_id = e.id and d.state = 'waiting' and d.next_try_at <= clock_timestamp())
      order by lease_until limit ${most} for update skip locked
    )
    update webhook_endpoint e
    set lease_holder = ${holder}, lease_until = clock_timestamp() + ${leaseMs} * interval '1 ms', lease_number = lease_number + 1
    from free, environment env
    where e.id = free.id and env.id = e.environment_id
    returning e.id, e.environment_id as "environmentId", e.url, e.failures, e.lease_number as lease,
      array_remove(array[e.secret, case when e.previous_secret_until > now() then e.previous_secret end], null) as secrets,
      array_remove(array[env.webhook_secret, case when env.previous_webhook_secret_until > now() then env.previous_webhook_secret end], null)
        as "environmentSecrets"
  `.execute(db);
  return rows.map((row) => ({ ...row, lease: Number(row.lease) }));
}

/** False: somebody else has it by now. */
export async function renewEndpoint(db: Kysely<unknown>, { id, lease }: Pick<ClaimedEndpoint, 'id' | 'lease'>, leaseMs: number): Promise<boolean> {
  const { numAffectedRows } = await sql`
    update webhook_endpoint set lease_until = clock_timestamp() + ${leaseMs} * interval '1 ms' where id = ${id} and lease_number = ${lease}
  `.execute(db);
  return numAffectedRows === 1n;
}

export async function releaseEndpoint(db: Kysely<unknown>, { id, lease }: Pick<ClaimedEndpoint, 'id' | 'lease'>): Promise<void> {
  // "A moment ago" rather than never: who was served last comes last.
  await sql`update webhook_endpoint set lease_until = clock_timestamp() where id = ${id} and lease_number = ${lease}`.execute(db);
}
