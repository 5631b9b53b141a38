/** Who may enter, where to, and how urgently. */
import { hash } from 'node:crypto';
import type { ApiKey, Connection, Environment, Snapshot } from '@sluice/domain';
import { expect, test } from 'vitest';
import { authenticate, isLoopback } from './authenticate.ts';
import { destinationOf } from './destination.ts';
import { directoryOf, followDirectory } from './directory.ts';
import { urgencyOf } from './urgency.ts';

const key = (changes: Partial<ApiKey> = {}): ApiKey => ({
  id: 'key_1', name: 'team', hash: hash('sha256', 'secret', 'hex'), masked: 's…', resources: ['*'], priorities: ['*'], weight: 1, limits: [],
  mayChooseRoute: true, loopbackOnly: false, enabled: true, expiresAt: null, ...changes,
});
const connection = (name: string, provider: string): Connection => ({
  id: `con_${name}`, name, provider, baseUrl: 'http://127.0.0.1/v1', sealedCredentials: null, limits: [], guardMs: 0, headroom: 'off', slotShare: 50, state: 'enabled',
});
const priority = (name: string, rank: number) => ({ name, rank, reserved: 0, ceiling: 100, agesAfterMs: null });
const environment = (apiKey: ApiKey, directRouting = true): Environment => ({
  id: 'env', workspace: 'w', name: 'default',
  settings: {
    retentionMs: 1, capture: 'none', batchPriority: 'batch', directRouting, corsOrigins: [], webhooksAllow: [], webhooksAllowPrivate: false, providerKeys: false, strategy: 'weighted',
  },
  connections: [connection('one', 'openai'), connection('two', 'openai'), connection('three', 'groq')],
  priorities: ['urgent', 'normal', 'low', 'batch'].map(priority),
  resources: [{
    id: 'r', name: 'fast', priority: 'normal', routes: [{ connection: 'one', model: 'm', weight: 1 }], fallback: [], maxWaitMs: 7, spillAfterMs: null, onUnsupported: 'drop', limits: [],
  }],
  apiKeys: [apiKey],
});
const snapshot = (changes: Partial<ApiKey> = {}, directRouting = true): Snapshot => ({ version: 1, environments: [environment(key(changes), directRouting)] });
const entry = (changes: Partial<ApiKey> = {}, directRouting = true) => {
  const found = directoryOf(snapshot(changes, directRouting)).keys.get(key().hash);
  if (!found) throw new Error('the key is in the directory');
  return found;
};
const enter = (headers: Record<string, string>, changes: Partial<ApiKey> = {}, remoteAddress = '127.0.0.1') =>
  authenticate({ headers, remoteAddress }, directoryOf(snapshot(changes)), 1_000);

test('a key is taken from either header, and from both when they agree', () => {
  for (const headers of [{ authorization: 'Bearer secret' }, { authorization: 'bearer secret' }, { 'x-api-key': 'secret' }, { authorization: 'Bearer secret', 'x-api-key': 'secret' }]) {
    expect(enter(headers).key.id).toBe('key_1');
  }
});

test.each<[Record<string, string>, Partial<ApiKey>]>([
  [{}, {}], [{ authorization: 'Bearer wrong' }, {}], [{ authorization: 'Basic c2VjcmV0' }, {}], [{ authorization: 'Bearer ' }, {}], [{ 'x-api-key': '' }, {}],
  [{ authorization: 'Bearer secret', 'x-api-key': 'other' }, {}],
  [{ 'x-api-key': 'secret' }, { enabled: false }], [{ 'x-api-key': 'secret' }, { expiresAt: 1_000 }],
])('%j with %j is refused', (headers, changes) => {
  expect(() => enter(headers, changes)).toThrow(expect.objectContaining({ code: 'invalid_api_key' }));
});

test('the demo key answers on the machine itself and nowhere else', () => {
  expect(enter({ 'x-api-key': 'secret' }, { loopbackOnly: true }, '::ffff:127.0.0.1').key.id).toBe('key_1');
  expect(() => enter({ 'x-api-key': 'secret' }, { loopbackOnly: true }, '10.0.0.9')).toThrow('only on the machine');
  expect([undefined, '::1', '127.8.8.8', '127.0.0.1.evil', '1127.0.0.1'].map(isLoopback)).toEqual([false, true, true, false, false]);
});

test('no message holds the key that was presented', () => {
  expect(() => enter({ 'x-api-key': 'sk-planted' })).toThrow(expect.objectContaining({ message: expect.not.stringContaining('planted') }));
});

test('a directory is built once for a snapshot', () => {
  let current = snapshot();
  const directory = followDirectory(() => current);
  const first = directory();
  expect(directory()).toBe(first);
  current = { ...snapshot(), version: 2 };
  expect(directory()).not.toBe(first);
  expect(directory().version).toBe(2);
});

test('a model is a resource, a provider\'s model, or a name that says whose it is', () => {
  expect(destinationOf('fast', entry())).toMatchObject({ resource: 'fast', priority: 'normal', maxWaitMs: 7, onUnsupported: 'drop' });
  expect(destinationOf('openai/gpt-x/y', entry())).toMatchObject({
    resource: 'openai/gpt-x/y', routes: [{ connection: 'one', model: 'gpt-x/y' }, { connection: 'two', model: 'gpt-x/y' }],
  });
  expect(destinationOf('gpt-4o', entry()).routes).toMatchObject([{ connection: 'one', model: 'gpt-4o' }, { connection: 'two', model: 'gpt-4o' }]);
});

test.each([['slow', true], ['anthropic/claude', true], ['claude-x', true], ['openai/', true], ['/x', true], ['openai/gpt-4o', false]])('%s (direct: %s) is not found', (model, direct) => {
  expect(() => destinationOf(model, entry({}, direct))).toThrow(expect.objectContaining({ code: 'model_not_found', param: 'model' }));
});

test('a key is refused what it may not use', () => {
  expect(destinationOf('fast', entry({ resources: ['fast'] })).resource).toBe('fast');
  for (const model of ['fast', 'openai/x']) {
    expect(() => destinationOf(model, entry({ resources: ['other'] }))).toThrow(expect.objectContaining({ code: 'permission_denied' }));
  }
});

const urgency = (question: Partial<Parameters<typeof urgencyOf>[0]>, changes: Partial<ApiKey> = {}) => {
  const { key: apiKey, home } = entry(changes);
  const { priority: { name }, warnings } = urgencyOf({ asked: null, askedParam: null, serviceTier: null, ofResource: 'normal', ...question }, apiKey, home);
  return warnings.length > 0 ? [name, 'warned'] : [name];
};

test('the priority asked for comes before the tier, and that before the resource', () => {
  expect(urgency({})).toEqual(['normal']);
  expect(urgency({ serviceTier: 'flex' })).toEqual(['low']);
  expect(urgency({ serviceTier: 'priority' })).toEqual(['urgent']);
  expect(urgency({ serviceTier: 'default' })).toEqual(['normal']);
  expect(urgency({ serviceTier: 'flex', asked: 'batch' })).toEqual(['batch']);
});

test('a tier this key may not use is a warning, a priority it may not use is refused', () => {
  expect(urgency({ serviceTier: 'fast' }, { priorities: ['normal'] })).toEqual(['normal', 'warned']);
  expect(() => urgency({ asked: 'urgent' }, { priorities: ['normal'] })).toThrow(expect.objectContaining({ code: 'permission_denied' }));
  expect(() => urgency({ asked: 'x', askedParam: 'x-sluice-priority' })).toThrow(expect.objectContaining({ code: 'invalid_request', param: 'x-sluice-priority' }));
});

test('a key that may not use the resource\'s priority gets the next less urgent one that it may', () => {
  expect(urgency({}, { priorities: ['batch', 'urgent'] })).toEqual(['batch']);
  expect(() => urgency({}, { priorities: ['urgent'] })).toThrow(expect.objectContaining({ code: 'permission_denied' }));
});

test('a direct model is as urgent as the middle of what is not for batches', () => {
  expect(urgency({ ofResource: null })).toEqual(['normal']);
});
