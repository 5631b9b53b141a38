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
    priority: null, priorityParam: null, maxWaitMs: null, deadline: null, correlationId: null, tags: [], metadata: {}, route: null, routeParam: null, fallback: true, warnings: [],
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

test('what is not offered yet is refused instead of forgotten', () => {
  expect(refusal({ 'x-sluice-mode': 'async' })).toMatchObject({ code: 'invalid_request', param: 'x-sluice-mode' });
  expect(refusal({ prefer: 'respond-async, wait=5' })).toMatchObject({ code: 'invalid_request', param: 'prefer' });
  expect(refusal({}, { sluice: { webhook: { url: 'https://example.com' } } })).toMatchObject({ param: 'sluice.webhook' });
  expect(refusal({ 'x-sluice-resume': 'true' })).toMatchObject({ param: 'x-sluice-resume' });
  expect(refusal({ 'x-sluice-provider-key': 'sk' })).toMatchObject({ code: 'permission_denied', param: 'x-sluice-provider-key' });
  expect(refusal({ 'x-sluice-mode': 'sideways' })).toMatchObject({ message: 'x-sluice-mode: expected sync or async' });
});

test('respond-async is ignored on a stream, with a warning', () => {
  expect(read({ prefer: 'respond-async' }, {}, true).warnings).toEqual(['prefer: ignored, because the call is streamed']);
});

test('an idempotency key is warned of', () => {
  expect(read({ 'idempotency-key': 'k' }).warnings).toHaveLength(1);
});
