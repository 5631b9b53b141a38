import { expect, test } from 'vitest';
import { eventBody, INLINE_RESULT_BYTES } from './event.ts';
import { isWebhookSecret, newWebhookSecret, webhookHeaders } from './signature.ts';
import { outcomeOfStatus } from './verdict.ts';

const event = { id: 'evt_1', type: 'job.completed', createdAt: 1_700_000_000_999, subject: 'job_1' } as const;

test('the body has the shape of OpenAI\'s events', () => {
  expect(JSON.parse(eventBody({ ...event, result: null }))).toEqual({ object: 'event', id: 'evt_1', type: 'job.completed', created_at: 1_700_000_000, data: { id: 'job_1' } });
});

test('an answer stands in the body as it is, up to 256 kB, and is left out beyond', () => {
  const text = (bytes: number) => `"${'ü'.repeat((bytes - 2) / 2)}"`;
  expect(eventBody({ ...event, result: '{"a":1.0}' })).toMatch(/"data":\{"id":"job_1","result":\{"a":1\.0\}\}\}$/);
  expect(JSON.parse(eventBody({ ...event, result: text(INLINE_RESULT_BYTES) }))).toMatchObject({ data: { id: 'job_1', result: expect.any(String) } });
  expect(JSON.parse(eventBody({ ...event, result: text(INLINE_RESULT_BYTES + 2) }))).toMatchObject({ data: { id: 'job_1' } });
  expect(eventBody({ ...event, result: text(INLINE_RESULT_BYTES + 2) })).not.toContain('ü');
});

test('secrets are 24 to 64 bytes in base64 behind whsec_', () => {
  expect(isWebhookSecret(newWebhookSecret())).toBe(true);
  for (const wrong of ['', 'whsec_', 'whsec_short', `whsec_${'A'.repeat(100)}`, newWebhookSecret().slice(6), `whsec_${'%'.repeat(40)}`]) expect(isWebhookSecret(wrong), wrong).toBe(false);
});

test('a signature is that of the example of Standard Webhooks', () => {
  // https://github.com/standard-webhooks/standard-webhooks: the vector of its libraries' own tests.
  const headers = webhookHeaders({ id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, body: '{"test": 2432232314}', secrets: ['whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw'] });
  expect(headers['webhook-signature']).toBe('v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=');
});

test('two secrets sign twice, the current one first', () => {
  const of = (...secrets: string[]) => webhookHeaders({ id: 'a', timestamp: 1, body: 'b', secrets })['webhook-signature'];
  const [one, two] = [newWebhookSecret(), newWebhookSecret()];
  expect(of(one, two)).toBe(`${of(one)} ${of(two)}`);
});

test.each([[200, 'delivered'], [204, 'delivered'], [299, 'delivered'], [301, 'failed'], [308, 'failed'], [304, 'failed'], [400, 'failed'], [404, 'failed'], [410, 'gone'], [429, 'failed'], [500, 'failed'], [199, 'failed']])('%i is %s', (status, kind) => {
  expect(outcomeOfStatus(status, null).kind).toBe(kind);
});
