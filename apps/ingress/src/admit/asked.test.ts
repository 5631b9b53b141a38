import type { IncomingHttpHeaders } from 'node:http';
import type { SluiceError } from '@sluice/domain';
import { expect, test } from 'vitest';
import { readAsked } from './asked.ts';

const NOW = Date.UTC(2026, 0, 1);
const read = (headers: IncomingHttpHeaders, body: Record<string, unknown> = {}, stream = false) =>
  readAsked({ headers, body, stream, now: NOW, providerKeys: false });
const refusal = (headers: IncomingHttpHeaders, body: Record<string, unknown> = {}, stream = false): Pick<SluiceError, 'code' | 'param' | 'message'> | undefined => {
  try {
    read(headers, body, stream);
    return undefined;
  } catch (error) {
    return error as SluiceError; // anything else fails the comparison
  }
};

test('nothing asked is nothing changed', () => {
  expect(read({})).toEqual({
    keeping: { mode: 'sync', respondWithinMs: null, applied: null, webhook: null, resume: false, idempotencyKey: null },
    priority: null, priorityParam: null, maxWaitMs: null, deadline: null, correlationId: null, tags: [], metadata: {}, route: null, routeParam: null, fallback: true, providerKey: null, warnings: [],
  });
});

test('every setting is read from its header', () => {
  expect(read({
    'x-sluice-priority': 'urgent', 'x-sluice-max-wait-ms': '1500', 'x-sluice-deadline': '30', 'x-sluice-correlation-id': 'c-1', 'x-sluice-tags': 'a, b',
    'x-sluice-route': '1', 'x-sluice-fallback': 'false',
  })).toMatchObject({ priority: 'urgent', maxWaitMs: 1_500, deadline: NOW + 30_000, correlationId: 'c-1', tags: ['a', 'b'], route: 1, fallback: false });
});

test('every setting is read from the sluice object, wherever it stands', () => {
  const settings = {
    priority: 'urgent', max_wait_ms: 1500, deadline: '2026-01-01T00:01:00Z', correlation_id: 'c-1', tags: ['a'], metadata: { k: 'v' }, route: 'main/m', fallback: false,
  };
  const wanted = {
    priority: 'urgent', maxWaitMs: 1_500, deadline: NOW + 60_000, correlationId: 'c-1', tags: ['a'], metadata: { k: 'v' }, route: 'main/m', fallback: false,
  };
  expect(read({ 'x-sluice': JSON.stringify(settings) })).toMatchObject(wanted);
  expect(read({}, { sluice: settings })).toMatchObject(wanted);
  expect(read({}, { extra_body: { sluice: settings } })).toMatchObject(wanted);
});

test('single headers win over the header object, and that over the body', () => {
  const body = { sluice: { priority: 'c' }, extra_body: { sluice: { priority: 'd', route: 2 } } };
  expect(read({ 'x-sluice-priority': 'a', 'x-sluice': '{"priority":"b"}' }, body).priority).toBe('a');
  expect(read({ 'x-sluice': '{"priority":"b"}' }, body)).toMatchObject({ priority: 'b', route: 2 });
  expect(read({}, body).priority).toBe('c');
});

test('an incoming request id is the default correlation id', () => {
  expect(read({ 'x-request-id': 'r-1' }).correlationId).toBe('r-1');
  expect(read({ 'x-request-id': 'r-1' }, { sluice: { correlation_id: 'c-1' } }).correlationId).toBe('c-1');
});

test.each([['wait=7', 7_000], ['return=minimal, wait=7', 7_000], ['wait="7"; foo', 7_000], ['wait=x', null], ['await=7', null]])('Prefer: %s', (prefer, ms) => {
  expect(read({ prefer }).maxWaitMs).toBe(ms);
});

test.each<[IncomingHttpHeaders, Record<string, unknown>, string]>([
  [{ 'x-sluice-max-wait-ms': 'soon' }, {}, 'x-sluice-max-wait-ms'],
  [{ 'x-sluice-max-wait-ms': '-1' }, {}, 'x-sluice-max-wait-ms'],
  [{ 'x-sluice-deadline': '0' }, {}, 'x-sluice-deadline'],
  [{ 'x-sluice-deadline': '2025-12-31T23:59:59Z' }, {}, 'x-sluice-deadline'],
  [{ 'x-sluice-deadline': 'tomorrow' }, {}, 'x-sluice-deadline'],
  [{ 'x-sluice': '{' }, {}, 'x-sluice'],
  [{ 'x-sluice': '[]' }, {}, 'x-sluice'],
  [{ 'x-sluice-fallback': 'perhaps' }, {}, 'x-sluice-fallback'],
  [{ 'x-sluice-tags': 'a'.repeat(300) }, {}, 'x-sluice-tags[0]'],
  [{}, { sluice: 'urgent' }, 'sluice'],
  [{}, { sluice: { prioritty: 'urgent' } }, 'sluice'],
  [{}, { sluice: { priority: 7 } }, 'sluice.priority'],
  [{}, { sluice: { priority: 'a\r\nx-evil: 1' } }, 'sluice.priority'],
  [{}, { sluice: { max_wait_ms: '5' } }, 'sluice.max_wait_ms'],
  [{}, { sluice: { max_wait_ms: 1e300 } }, 'sluice.max_wait_ms'],
  [{}, { sluice: { tags: [1] } }, 'sluice.tags[0]'],
  [{}, { sluice: { tags: Array.from({ length: 17 }, () => 'a') } }, 'sluice.tags'],
  [{}, { sluice: { metadata: { k: 1 } } }, 'sluice.metadata (value 1)'],
  [{}, { sluice: { route: -1 } }, 'sluice.route'],
  [{}, { extra_body: { sluice: { fallback: 'no' } } }, 'extra_body.sluice.fallback'],
])('%j %j is refused naming %s', (headers, body, param) => {
  expect(refusal(headers, body)).toMatchObject({ code: 'invalid_request', param });
});

test('a key of the caller is read where the environment allows it, and nowhere else', () => {
  const given = { 'x-sluice-provider-key': 'sk-theirs' };
  const allowing = (headers: Record<string, string>) => readAsked({ headers, body: {}, stream: false, now: NOW, providerKeys: true });
  expect(refusal(given)).toMatchObject({ code: 'permission_denied', param: 'x-sluice-provider-key' });
  expect([allowing({}).providerKey, allowing(given).providerKey]).toEqual([null, 'sk-theirs']);
  for (const wrong of ['', 'two words', 'a\u00e4', 'k'.repeat(9_000)]) expect(() => allowing({ 'x-sluice-provider-key': wrong })).toThrow('expected one key');
});

test('what a caller wants kept is read from wherever it stands', () => {
  const url = 'https://example.com/hook';
  const nothing = { mode: 'sync', respondWithinMs: null, applied: null, webhook: null, resume: false, idempotencyKey: null };
  expect(read({}).keeping).toEqual(nothing);
  expect(read({ 'x-sluice-mode': 'async' }).keeping).toEqual({ ...nothing, mode: 'async' });
  expect(read({ prefer: 'respond-async, wait=5' })).toMatchObject({ maxWaitMs: null, keeping: { mode: 'async', respondWithinMs: 5_000, applied: 'respond-async, wait=5' } });
  expect(read({ prefer: 'wait=5' })).toMatchObject({ maxWaitMs: 5_000, keeping: nothing });
  expect(read({ prefer: 'respond-async', 'x-sluice-mode': 'sync' }).keeping.mode).toBe('sync');
  expect(read({ 'x-sluice-webhook': url }).keeping.webhook).toEqual({ url, events: null, inlineResult: false });
  expect(read({ 'x-sluice-webhook': `{"url":"${url}","events":["job.failed"]}` }).keeping.webhook).toEqual({ url, events: ['job.failed'], inlineResult: false });
  expect(read({}, { sluice: { webhook: { url }, resume: true } }).keeping).toMatchObject({ webhook: { url, events: null, inlineResult: false }, resume: true });
  expect(read({ 'idempotency-key': 'k 1' }).keeping.idempotencyKey).toBe('k 1');
});

test.each<[Record<string, string>, Record<string, unknown>, string]>([
  [{ 'x-sluice-mode': 'sideways' }, {}, 'x-sluice-mode'],
  [{ 'x-sluice-webhook': 'ftp://example.com' }, {}, 'x-sluice-webhook.url'],
  [{ 'x-sluice-webhook': '{' }, {}, 'x-sluice-webhook'],
  [{}, { sluice: { webhook: 'https://example.com' } }, 'sluice.webhook'],
  [{}, { sluice: { webhook: { url: 'https://example.com', events: [] } } }, 'sluice.webhook.events'],
  [{ 'x-sluice-resume': 'maybe' }, {}, 'x-sluice-resume'],
  [{ 'idempotency-key': 'x'.repeat(300) }, {}, 'idempotency-key'],
])('%j %j is refused naming %s as well', (headers, body, param) => {
  expect(refusal(headers, body)).toMatchObject({ code: 'invalid_request', param });
});

test('respond-async is ignored on a stream, with a warning', () => {
  expect(read({ prefer: 'respond-async' }, {}, true)).toMatchObject({ warnings: ['prefer: ignored, because the call is streamed'], keeping: { mode: 'sync', applied: null } });
});
