/**
 * What must hold after any failure, once everything has come to rest: told from the records of Redis, Postgres and the
 * simulators themselves, never from what the apps say of themselves.
 */
import { waitFor } from '@sluice/testkit';
import { Redis } from 'ioredis';
import { expect } from 'vitest';
import type { System } from '../system.ts';
import type { Ended } from './traffic.ts';

const FINAL = ['completed', 'failed', 'cancelled', 'expired'];

interface AuditRow { readonly id: string; readonly state: string }
interface AttemptRow { readonly job: string; readonly attempt: number; readonly outcome: string; readonly sent: boolean }

/** `restWithinMs`: a lost attempt is found within 15 s, and what follows it takes a moment. */
export async function expectInvariants(system: System, ended: readonly Ended[], restWithinMs = 30_000): Promise<void> {
  const redis = new Redis(system.redisUrl);
  try {
    await waitFor(async () => (await atRest(redis)) && (await audited(redis, system)), {
      withinMs: restWithinMs, everyMs: 200, what: 'every job is final and audited, every permit settled or withdrawn, and dispatch is empty',
    }).catch(async (error: unknown) => { throw new Error(`${String(error)}\n${await whatIsLeft(redis, system)}`); });
    await expectRecords(system, ended);
  } finally {
    redis.disconnect();
  }
}

async function expectRecords(system: System, ended: readonly Ended[]): Promise<void> {
  const audit = await system.query<AuditRow>('select id, state from audit');
  const attempts = await system.query<AttemptRow>('select job, attempt, outcome, sent_at is not null or outcome = \'lost\' as sent from audit_attempt');
  expect(new Set(audit.map(({ id }) => id)).size, 'one audit row a job').toBe(audit.length);
  for (const { id, state } of audit) expect(FINAL, `the state of ${id}`).toContain(state);
  const jobs = new Set(audit.map(({ id }) => id));
  for (const { job } of attempts) expect(jobs, 'every attempt has its job').toContain(job);
  for (const one of ended) {
    if (one.kind === 'answered') expect(audit.find(({ id }) => id === one.job)?.state, `the state of ${one.job}, which was answered`).toBe('completed');
  }
  const calls = system.simulators.flatMap((simulator) => simulator.calls());
  expect(calls.length, 'provider calls ≤ attempts that may have been sent').toBeLessThanOrEqual(attempts.filter(({ sent }) => sent).length);
  for (const simulator of system.simulators) expect(simulator.oracle().refused, 'refusals the provider counted').toBe(0);
}

/** Every permit is settled or withdrawn, dispatch is empty, and no job that reached a lane is unfinished. */
async function atRest(redis: Redis): Promise<boolean> {
  for (const key of await redis.keys('sluice:v1:{s0}:permits:*')) {
    for (const [field, state] of Object.entries(await redis.hgetall(key))) {
      if (field.endsWith(':s') && !state.startsWith('d') && state !== 'r') return false;
    }
  }
  const [waiting, active] = await Promise.all([redis.llen('sluice:v1:{s0}:q:dispatch:wait'), redis.llen('sluice:v1:{s0}:q:dispatch:active')]);
  return waiting === 0 && active === 0 && (await redis.hlen('sluice:v1:{s0}:retired')) === 0 && (await unfinished(redis)).length === 0;
}

/** A job that its ingress stored and never added to a lane, because it died there, was never accepted: it only waits for its expiry. */
async function unfinished(redis: Redis): Promise<readonly string[]> {
  const left: string[] = [];
  for (const key of await redis.keys('sluice:v1:{j:*}')) {
    if (key.endsWith(':frames')) continue;
    const [id, state, cancel, attempt] = await redis.hmget(key, 'id', 'state', 'cancel', 'attempt');
    const neverAccepted = state === 'queued' && attempt === '1' && cancel === 'ingress_lost' && !(await isInAnyLane(redis, `${id}-1`));
    // One that expired since the keys were listed says nothing at all.
    if (!FINAL.includes(state ?? '') && !neverAccepted && await redis.exists(key) === 1) left.push(`${id} ${state}`);
  }
  return left;
}

async function isInAnyLane(redis: Redis, id: string): Promise<boolean> {
  for (const key of await redis.keys('sluice:v1:{s0}:q:lane~*:prioritized')) if ((await redis.zscore(key, id)) !== null) return true;
  return false;
}

/** Everything in the journal is kept, and there are as many audit rows as jobs that became final. */
async function audited(redis: Redis, system: System): Promise<boolean> {
  const groups = (await redis.xinfo('GROUPS', 'sluice:v1:{s0}:journal')) as (string | number)[][]; // pairs of name and value
  const drained = groups.find((group) => group.includes('audit')) ?? [];
  if (drained[drained.indexOf('pending') + 1] !== 0 || drained[drained.indexOf('lag') + 1] !== 0) return false;
  const audit = new Set((await system.query<AuditRow>('select id, state from audit')).map(({ id }) => id));
  for (const key of await redis.keys('sluice:v1:{j:*}')) {
    if (key.endsWith(':frames')) continue;
    const [id, state] = await redis.hmget(key, 'id', 'state');
    if (FINAL.includes(state ?? '') && !audit.has(id ?? '')) return false;
  }
  return true;
}

async function whatIsLeft(redis: Redis, system: System): Promise<string> {
  const lines = [`unfinished: ${(await unfinished(redis)).join(', ') || 'none'}`];
  for (const key of await redis.keys('sluice:v1:{s0}:permits:*')) {
    const open = Object.entries(await redis.hgetall(key)).filter(([field, state]) => field.endsWith(':s') && !state.startsWith('d') && state !== 'r');
    lines.push(`${key}: open ${JSON.stringify(open)}`);
  }
  lines.push(`dispatch: wait ${await redis.lrange('sluice:v1:{s0}:q:dispatch:wait', 0, -1)} active ${await redis.lrange('sluice:v1:{s0}:q:dispatch:active', 0, -1)}`);
  lines.push(`retired: ${JSON.stringify(await redis.hgetall('sluice:v1:{s0}:retired'))}`, `audit: ${(await system.query('select id from audit')).length} rows`);
  return lines.join('\n');
}
