/** Deliveries from their rows to receivers that are well, slow, dead, redirecting, or gone. */
import { newJobId, type Part, type Snapshot } from '@sluice/domain';
import { parseConfigurationFile } from '@sluice/domain/configuration-file';
import { openOutsidePost, type OutsidePost } from '@sluice/providers';
import { type ReceivedCall, type Receiver, startReceiver, waitFor } from '@sluice/testkit';
import OpenAI from 'openai';
import { Webhook } from 'standardwebhooks';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { startSender } from '../src/webhooks/sender.ts';
import { type Database, openDatabase } from './database.ts';

const masterKey = Buffer.alloc(32, 7);
const quiet = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

let database: Database;
let snapshot: Snapshot;
let outside: OutsidePost;
const running: Part[] = [];
const receivers: Receiver[] = [];

beforeAll(async () => {
  database = await openDatabase();
  await configure(true);
});
beforeEach(() => { outside = openOutsidePost(); });
afterEach(async () => {
  for (const part of running.splice(0)) await part.stop();
  await outside.stop();
  for (const one of receivers.splice(0)) await one.stop();
  await database.query('truncate webhook_endpoint cascade');
});
afterAll(() => database.drop());

async function configure(allowPrivate: boolean): Promise<void> {
  const parsed = parseConfigurationFile(`version: 1\nwebhooks: { allow: ["http://127.0.0.1:*"], allow_private: ${allowPrivate} }\n`, {});
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  await database.store.reconcile(parsed.file, { masterKey, actor: 'test' });
  snapshot = await database.store.readSnapshot();
}
const environmentId = (): string => snapshot.environments[0]?.id ?? '';
const webhooks = () => database.store.webhooks;

function sender(holder = 'one'): Part {
  const part = startSender({ webhooks: webhooks(), outside, masterKey, snapshot: () => snapshot, holder, log: quiet, onTry: () => undefined });
  running.push(part);
  return part;
}

async function receiver(answer?: Parameters<typeof startReceiver>[0]): Promise<Receiver> {
  const one = await startReceiver(answer);
  receivers.push(one);
  return one;
}

let registered = 0;
const register = (url: string, more = {}) =>
  webhooks().register({ environmentId: environmentId(), name: `endpoint-${registered += 1}`, url, events: [], inlineResult: false, ...more }, masterKey);

/** An event of a job that has just completed. */
async function tell(url: string | null = null, type: 'job.completed' | 'job.failed' = 'job.completed'): Promise<string> {
  const subject = newJobId(Date.now());
  const id = subject.replace('job_', 'evt_');
  await webhooks().tell({ id, environmentId: environmentId(), type, subject, webhook: url === null ? null : { url } });
  return id;
}

const stateOf = async (eventId: string) =>
  (await database.query<{ state: string; tries: number; log: { status: number | null; error: string | null }[] }>(`select state, tries, log from delivery where event_id = '${eventId}'`))[0];
const settled = (eventId: string, state: string) =>
  waitFor(async () => ((await stateOf(eventId))?.state === state ? stateOf(eventId) : undefined), { withinMs: 15_000, what: `${eventId} is ${state}` });
const tried = (eventId: string, tries: number) =>
  waitFor(async () => ((await stateOf(eventId))?.tries === tries ? stateOf(eventId) : undefined), { withinMs: 15_000, what: `try ${tries} of ${eventId}` });
/** Nobody waits for the schedule. */
const hurry = () => database.query("update delivery set next_try_at = now() where state = 'waiting'");
const verified = (secret: string, { body, headers }: ReceivedCall) => new Webhook(secret).verify(body, headers as Record<string, string>);

test('a registered endpoint is told, with a signature that Standard Webhooks and the OpenAI SDK accept', async () => {
  const here = await receiver();
  const { secret } = await register(here.url);
  const id = await tell();
  sender();
  await settled(id, 'delivered');
  const [got] = here.received;
  expect(here.received).toHaveLength(1);
  expect(got).toMatchObject({ id, headers: { 'content-type': 'application/json' } });
  if (!got) throw new Error('it was received');
  expect(verified(secret, got)).toEqual({ object: 'event', id, type: 'job.completed', created_at: expect.any(Number), data: { id: id.replace('evt_', 'job_') } });
  const client = new OpenAI({ apiKey: 'none', webhookSecret: secret });
  expect(await client.webhooks.unwrap(got.body, got.headers as Record<string, string>)).toMatchObject({ id, type: 'job.completed' });
  expect(() => verified(secret, { ...got, body: got.body.replace('completed', 'failed') })).toThrow();
});

test('the address that came with a job is told, signed with the secret of the environment', async () => {
  const here = await receiver();
  const id = await tell(here.url);
  sender();
  await settled(id, 'delivered');
  const [row] = await database.query<{ webhook_secret: string }>('select webhook_secret from environment');
  const { open } = await import('@sluice/store');
  const [got] = here.received;
  if (!got || !row) throw new Error('it was received, and a secret was made');
  expect(verified(open(row.webhook_secret, masterKey, environmentId()), got)).toMatchObject({ id });
});

test('an endpoint hears only of what it asked for, and of each thing once', async () => {
  const [all, some] = [await receiver(), await receiver()];
  await register(all.url);
  await register(some.url, { events: ['job.failed'] });
  const [completed, failed] = [await tell(), await tell(null, 'job.failed')];
  const again = { id: completed, environmentId: environmentId(), type: 'job.completed', subject: 'job_x', webhook: null } as const;
  await webhooks().tell(again);
  sender();
  await waitFor(() => all.received.length === 2 && some.received.length === 1, { withinMs: 10_000, what: 'three deliveries' });
  expect(all.received.map(({ id }) => id).sort()).toEqual([completed, failed].sort());
  expect(some.received.map(({ id }) => id)).toEqual([failed]);
});

test('500 and then 200: tried again with the same id, a new time and a new signature', async () => {
  const here = await receiver((res, _one, count) => void res.writeHead(count === 1 ? 500 : 200).end('not yet'));
  const { secret } = await register(here.url);
  const id = await tell();
  sender();
  expect(await tried(id, 1)).toMatchObject({ state: 'waiting', log: [{ status: 500 }] });
  await hurry();
  expect(await settled(id, 'delivered')).toMatchObject({ tries: 2, log: [{ status: 500 }, { status: 200 }] });
  expect(here.received.map((one) => one.id)).toEqual([id, id]);
  for (const one of here.received) verified(secret, one);
  expect(new Set(here.received.map(({ body }) => body)).size).toBe(1);
});

test('down for hours, which are skipped here: when it is back it is told of everything, under the first ids', async () => {
  let down = true;
  const here = await receiver((res) => void (down ? res.destroy() : res.end()));
  await register(here.url);
  const ids = await Promise.all([tell(), tell(), tell()]);
  sender();
  for (let tries = 1; tries <= 6; tries += 1) {
    await waitFor(async () => {
      await database.query("update webhook_endpoint set paused_until = '-infinity'");
      return (await Promise.all(ids.map(stateOf))).every((delivery) => (delivery?.tries ?? 0) >= tries);
    }, { withinMs: 15_000, everyMs: 100, what: `try ${tries} of each` });
    down = tries < 6;
    await hurry();
  }
  // On a slow machine a try comes by itself before it is hurried: then there is one more.
  for (const id of ids) expect((await settled(id, 'delivered'))?.log.map(({ status }) => status).slice(-7), id).toEqual([null, null, null, null, null, null, 200]);
  expect(new Set(here.received.map(({ id }) => id))).toEqual(new Set(ids));
});

test('a redirect is a failure and leads nowhere', async () => {
  const target = await receiver();
  const here = await receiver((res) => void res.writeHead(302, { location: target.url }).end());
  await register(here.url);
  const id = await tell();
  sender();
  expect(await tried(id, 1)).toMatchObject({ state: 'waiting', log: [{ status: 302 }] });
  expect(target.received).toEqual([]);
});

test('410 disables the endpoint, and enabling it brings back what waits', async () => {
  let gone = true;
  const here = await receiver((res) => void res.writeHead(gone ? 410 : 200).end());
  const { id: endpointId } = await register(here.url);
  const id = await tell();
  sender();
  expect(await settled(id, 'failed')).toMatchObject({ tries: 1 });
  expect(await webhooks().endpoints(environmentId())).toMatchObject([{ id: endpointId, state: 'disabled' }]);
  gone = false;
  await webhooks().redeliver({ environmentId: environmentId(), endpointId, eventId: id });
  await webhooks().setState({ environmentId: environmentId(), endpointId }, 'enabled');
  await settled(id, 'delivered');
});

test('a private address is refused where the environment does not allow it, whatever the row says', async () => {
  const here = await receiver();
  await register(here.url);
  const id = await tell();
  await configure(false);
  try {
    sender();
    expect(await tried(id, 1)).toMatchObject({ state: 'waiting', log: [{ status: null, error: expect.stringContaining('not at a public address') }] });
    expect(here.received).toEqual([]);
  } finally {
    await configure(true);
  }
});

test('receivers that hang, refuse or are slow delay no other', async () => {
  const hanging = await Promise.all(Array.from({ length: 8 }, () => receiver(() => undefined)));
  const well = await receiver();
  for (const one of hanging) await register(one.url, { events: ['job.failed'] });
  await register('http://127.0.0.1:1/', { events: ['job.failed'] });
  await register(well.url, { events: ['job.completed'] });
  for (let count = 0; count < 20; count += 1) await tell(null, 'job.failed');
  sender();
  sender('two');
  await waitFor(() => hanging.every((one) => one.received.length >= 4), { withinMs: 10_000, what: 'every bad receiver holds its four' });
  const ids = await Promise.all(Array.from({ length: 30 }, () => tell()));
  await waitFor(() => well.received.length === 30, { withinMs: 10_000, what: 'the good receiver has heard of everything' });
  expect(well.received.map(({ id }) => id).sort()).toEqual([...ids].sort());
  for (const one of hanging) expect(one.mostAtOnce()).toBe(4);
});

test('the fifth failure in a row opens the breaker, and one success closes it', async () => {
  let well = false;
  const here = await receiver((res) => void res.writeHead(well ? 200 : 503).end());
  await register(here.url);
  await Promise.all(Array.from({ length: 12 }, () => tell()));
  sender();
  const endpoint = async () => (await database.query<{ failures: number; paused: boolean }>('select failures, paused_until > now() as paused from webhook_endpoint'))[0];
  await waitFor(async () => (await endpoint())?.paused, { withinMs: 10_000, what: 'the breaker opens' });
  expect(here.received.length).toBeLessThan(12);
  well = true;
  await database.query("update webhook_endpoint set paused_until = '-infinity'");
  await hurry();
  await waitFor(async () => (await database.query("select from delivery where state = 'waiting' and next_try_at <= now()")).length === 0, { withinMs: 10_000, what: 'what was due is delivered' });
  expect(await endpoint()).toEqual({ failures: 0, paused: false });
});

test('a new secret signs beside the old one', async () => {
  const here = await receiver();
  const { id: endpointId, secret: old } = await register(here.url);
  const rotated = await webhooks().rotateSecret({ environmentId: environmentId(), endpointId }, { masterKey, overlapMs: 60_000 });
  const id = await tell();
  sender();
  await settled(id, 'delivered');
  const [got] = here.received;
  if (!got || !rotated) throw new Error('it was received');
  for (const secret of [old, rotated.secret]) expect(verified(secret, got)).toMatchObject({ id });
  await webhooks().rotateSecret({ environmentId: environmentId(), endpointId }, { masterKey, overlapMs: 0 });
  const next = await tell();
  await settled(next, 'delivered');
  expect(String(here.received[1]?.headers['webhook-signature']).split(' ')).toHaveLength(1);
});

test('sent again: the same id; a test event reaches its endpoint alone', async () => {
  const [here, other] = [await receiver(), await receiver()];
  const { id: endpointId, secret } = await register(here.url);
  await register(other.url, { events: ['job.failed'] });
  const id = await tell();
  sender();
  await settled(id, 'delivered');
  const whose = { environmentId: environmentId(), endpointId };
  expect(await webhooks().redeliver({ ...whose, eventId: id })).toBe(true);
  expect(await webhooks().redeliver({ ...whose, eventId: 'evt_none' })).toBe(false);
  await waitFor(() => here.received.length === 2, { withinMs: 10_000, what: 'the second delivery' });
  expect(here.received.map((one) => one.id)).toEqual([id, id]);
  const testId = await webhooks().sendTest(whose);
  await settled(testId ?? '', 'delivered');
  const last = here.received[2];
  if (!last) throw new Error('the test event was received');
  expect(verified(secret, last)).toMatchObject({ type: 'webhook.test', data: { id: endpointId } });
  expect(other.received).toEqual([]);
  expect(await webhooks().deliveries({ environmentId: environmentId(), limit: 10, subject: id.replace('evt_', 'job_') })).toMatchObject([{ eventId: id, state: 'delivered', log: [{ status: 200 }, { status: 200 }] }]);
});

test('a sender that stops gives up what is under way, and the next one delivers it with the same id', async () => {
  const here = await receiver((res, _one, count) => { if (count > 1) res.end(); });
  await register(here.url);
  const id = await tell();
  const first = sender();
  await waitFor(() => here.received.length === 1, { withinMs: 10_000, what: 'the first try is under way' });
  await first.stop();
  expect(await stateOf(id)).toMatchObject({ state: 'waiting', tries: 0 });
  sender('two');
  expect(await settled(id, 'delivered')).toMatchObject({ tries: 1 });
  expect(here.received.map((one) => one.id)).toEqual([id, id]);
});

test('after ten tries a delivery is given up, and what is old is dropped', async () => {
  const here = await receiver((res) => void res.writeHead(500).end());
  await register(here.url);
  const id = await tell();
  await database.query('update delivery set tries = 9');
  sender();
  expect(await settled(id, 'failed')).toMatchObject({ tries: 10 });
  expect(await webhooks().dropDeliveries(3_600_000)).toBe(0);
  await database.query("update delivery set created_at = now() - interval '2 hours'");
  expect(await webhooks().dropDeliveries(3_600_000)).toBe(1);
});
