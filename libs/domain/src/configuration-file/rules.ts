/**
 * What no shape can say: names that must exist or be unique, sums, keys that go together. The rules read the file loosely
 * (whatever has the wrong type counts as absent), so that they report beside the errors of shape instead of after them.
 */
import { SluiceError } from '../errors.ts';
import { DIMENSIONS } from '../limit.ts';
import { endpointUrl } from '../webhook/address.ts';
import { credentialProblems } from './credentials.ts';
import { durationMs, periodMs } from './durations.ts';
import { addressOf, isProvider, placeholderOf, PROVIDERS } from './providers.ts';

export type Path = readonly (string | number)[];

export interface Broken {
  readonly path: Path;
  readonly message: string;
}

type Loose = Readonly<Record<string, unknown>>;

const loose = (value: unknown): Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Loose) : {}; // every object is one of unknowns
const list = (value: unknown): readonly unknown[] => (Array.isArray(value) ? value : []);
const number = (value: unknown, otherwise: number): number => (typeof value === 'number' ? value : otherwise);

/** The kinds that have names, and what one of each is called. */
const NAMED = { connections: 'connection', priorities: 'priority', resources: 'resource', api_keys: 'API key' } as const;
type Kind = keyof typeof NAMED;
const KINDS = Object.keys(NAMED) as Kind[]; // Object.keys forgets its own keys' type

export function* brokenRules(file: unknown): Generator<Broken> {
  const root = loose(file);
  for (const kind of KINDS) yield* duplicates(root, kind, 'name');
  yield* duplicates(root, 'api_keys', 'key');
  yield* webhookRules(loose(root['webhooks']));
  yield* connections(root);
  yield* priorities(root);
  yield* references(root);
  for (const kind of ['connections', 'resources', 'api_keys'] as const) {
    for (const [index, item] of list(root[kind]).entries()) {
      for (const [at, limit] of list(loose(item)['limits']).entries()) {
        yield* limitRules(loose(limit), [kind, index, 'limits', at]);
      }
    }
  }
  for (const [at, limit] of list(loose(root['settings'])['source_limits']).entries()) yield* limitRules(loose(limit), ['settings', 'source_limits', at]);
}

function* duplicates(root: Loose, kind: Kind, key: 'name' | 'key'): Generator<Broken> {
  const first = new Map<unknown, number>();
  for (const [index, item] of list(root[kind]).entries()) {
    const value = loose(item)[key];
    if (typeof value !== 'string') continue;
    const before = first.get(value);
    // A key's own text is a secret: only where it stood before is said.
    if (before !== undefined) yield { path: [kind, index, key], message: `the same ${key} as ${kind}[${before}]` };
    else first.set(value, index);
  }
}

function* webhookRules(webhooks: Loose): Generator<Broken> {
  const seen = new Set<unknown>();
  const rules = { webhooksAllow: list(webhooks['allow']).filter((pattern) => typeof pattern === 'string'), webhooksAllowPrivate: webhooks['allow_private'] === true };
  for (const [index, item] of list(webhooks['endpoints']).entries()) {
    const { name, url } = loose(item);
    if (typeof name === 'string' && seen.has(name)) yield { path: ['webhooks', 'endpoints', index, 'name'], message: 'the same name as an endpoint before it' };
    seen.add(name);
    if (typeof url !== 'string' || !URL.canParse(url)) continue;
    try {
      endpointUrl(url, rules, 'the address');
    } catch (error) {
      if (!(error instanceof SluiceError)) throw error;
      yield { path: ['webhooks', 'endpoints', index, 'url'], message: error.message };
    }
  }
}

function* connections(root: Loose): Generator<Broken> {
  for (const [index, item] of list(root['connections']).entries()) {
    const { provider, base_url: baseUrl } = loose(item);
    if (!isProvider(provider)) continue;
    const credentials = loose(loose(item)['credentials']);
    for (const { name, message } of credentialProblems(provider, credentials)) {
      yield { path: ['connections', index, 'credentials', ...(name === null ? [] : [name])], message };
    }
    if (baseUrl === undefined && addressOf(provider, credentials) === null) {
      const named = placeholderOf(PROVIDERS[provider]);
      const unless = named === null ? '' : ` unless credentials.${named} says where it is, such as ${EXAMPLE_PLACE[named] ?? named}`;
      yield { path: ['connections', index, 'base_url'], message: `is required for ${provider}${unless}` };
    }
    if (typeof baseUrl !== 'string' || !URL.canParse(baseUrl)) continue;
    yield* addressRules(new URL(baseUrl), ['connections', index, 'base_url']);
  }
}

const EXAMPLE_PLACE: Readonly<Record<string, string>> = { region: 'eu-central-1', location: 'europe-west1' };

function* addressRules(url: URL, path: Path): Generator<Broken> {
  if (url.username || url.password) yield { path, message: 'must not hold a user or password: use credentials' };
  if (url.search || url.hash) yield { path, message: 'must not hold a query or fragment' };
}

function* priorities(root: Loose): Generator<Broken> {
  let reservedSum = 0;
  for (const [index, item] of list(root['priorities']).entries()) {
    const priority = loose(item);
    const reserved = number(priority['reserved'], 0);
    const ceiling = number(priority['ceiling'], 100);
    reservedSum += reserved;
    if (ceiling >= reserved) continue;
    yield { path: ['priorities', index, 'ceiling'], message: `${ceiling} is less than reserved (${reserved})` };
  }
  // A thousandth is forgiven: thirds, written as decimals, add up to a little more than they are.
  if (reservedSum <= 100.001) return;
  yield { path: ['priorities'], message: `the reserved percentages add up to ${reservedSum}, more than 100` };
}

function* references(root: Loose): Generator<Broken> {
  const known = (kind: Kind) => new Set(list(root[kind]).map((item) => loose(item)['name']));
  const names = { connections: known('connections'), resources: known('resources'), priorities: known('priorities') };
  // Without a list of its own the file has the default one.
  if (root['priorities'] === undefined) names.priorities = new Set(['urgent', 'normal', 'batch']);
  function* mustExist(kind: keyof typeof names, value: unknown, path: Path): Generator<Broken> {
    // Without the name: it may come from the environment, and line and column show what was written.
    if (typeof value === 'string' && !names[kind].has(value)) yield { path, message: `there is no ${NAMED[kind]} of this name` };
  }

  for (const [index, item] of list(root['resources']).entries()) {
    const resource = loose(item);
    yield* mustExist('priorities', resource['priority'], ['resources', index, 'priority']);
    for (const key of ['routes', 'fallback']) {
      for (const [at, target] of list(resource[key]).entries()) {
        yield* mustExist('connections', loose(target)['connection'], ['resources', index, key, at, 'connection']);
      }
    }
  }
  for (const [index, item] of list(root['api_keys']).entries()) {
    for (const kind of ['resources', 'priorities'] as const) {
      for (const [at, name] of list(loose(item)[kind]).entries()) {
        if (name !== '*') yield* mustExist(kind, name, ['api_keys', index, kind, at]);
      }
    }
  }
  yield* mustExist('priorities', loose(root['settings'])['batch_priority'], ['settings', 'batch_priority']);
}

function* limitRules(limit: Loose, path: Path): Generator<Broken> {
  const dimensions = DIMENSIONS.filter((dimension) => limit[dimension] !== undefined);
  if (dimensions.length !== 1) {
    const found = dimensions.length === 0 ? 'none' : dimensions.join(' and ');
    yield { path, message: `a limit has exactly one of ${DIMENSIONS.join(', ')}; this has ${found}` };
    return;
  }
  if (dimensions[0] === 'concurrency') {
    for (const key of ['per', 'window', 'pace', 'burst']) {
      if (limit[key] !== undefined) yield { path: [...path, key], message: 'concurrency has no window' };
    }
    return;
  }
  if (limit['per'] === undefined) yield { path: [...path, 'per'], message: `is required with ${dimensions[0]}` };
  const windowMs = periodMs(String(limit['per']));
  const paceMs = durationMs(String(limit['pace']));
  if (windowMs === 0) yield { path: [...path, 'per'], message: 'must be longer than 0' };
  if (paceMs === 0) yield { path: [...path, 'pace'], message: 'must be longer than 0' };
  if (limit['burst'] !== undefined && limit['window'] !== 'bucket') {
    yield { path: [...path, 'burst'], message: 'means something with window: bucket alone' };
  }
  if (windowMs !== undefined && paceMs !== undefined && paceMs > windowMs) {
    yield { path: [...path, 'pace'], message: 'must not be longer than per' };
  }
}
