/**
 * Configured things as rows: what the database holds and what a file asks for, in the same form (plain JSON, the columns'
 * names), so that the two can be compared without knowing what they are.
 */
import { createHash } from 'node:crypto';
import { masked } from '@sluice/domain';
import type { ConfigurationFile, DeclaredApiKey, DeclaredConnection } from '@sluice/domain/configuration-file';
import { open, seal } from '../seal.ts';

export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };
export type Row = Readonly<Record<string, Json>> & { readonly name: string };

/** The columns a reconcile writes. What is not here (state, created_at) is not the file's. */
export const COLUMNS = {
  connection: ['id', 'environment_id', 'name', 'provider', 'base_url', 'sealed_credentials', 'capacity', 'managed'],
  priority: ['environment_id', 'name', 'rank', 'reserved', 'ceiling', 'ages_after_ms', 'managed'],
  resource: [
    'id', 'environment_id', 'name', 'position', 'priority', 'routes', 'fallback', 'max_wait_ms', 'spill_after_ms',
    'on_unsupported', 'limits', 'managed',
  ],
  api_key: [
    'id', 'environment_id', 'name', 'hash', 'masked', 'resources', 'priorities', 'weight', 'limits', 'may_choose_route',
    'loopback_only', 'enabled', 'expires_at_ms', 'managed',
  ],
} as const;

export type Kind = keyof typeof COLUMNS;
export type Rows = Readonly<Record<Kind, readonly Row[]>>;

/** The first id of a thing, from its environment and name: a fresh database gives everything the ids it had before. */
export function idOf(prefix: 'env' | 'con' | 'res' | 'key' | 'whe', ...names: readonly string[]): string {
  return `${prefix}_${digest(names.join(':')).slice(0, 16)}`;
}

export const digest = (text: string): string => createHash('sha256').update(text).digest('hex');

export interface Owner {
  readonly environmentId: string;
  readonly masterKey: Uint8Array;
  /** What the database holds now: ids stay, and so does what is sealed when it has not changed. */
  readonly current: Rows;
}

export function desiredRows(file: ConfigurationFile, owner: Owner): Rows {
  const { environmentId, current } = owner;
  const common = { environment_id: environmentId, managed: true };
  const id = (kind: Kind, prefix: 'con' | 'res' | 'key', name: string): string => {
    const known = current[kind].find((row) => row.name === name)?.['id'];
    return typeof known === 'string' ? known : idOf(prefix, environmentId, name);
  };
  return {
    connection: file.connections.map((connection) => ({
      ...common,
      ...connectionRow(connection, id('connection', 'con', connection.name), owner),
    })),
    priority: file.priorities.map(({ name, rank, reserved, ceiling, agesAfterMs }) => ({
      ...common, name, rank, reserved, ceiling, ages_after_ms: agesAfterMs,
    })),
    resource: file.resources.map((resource, position) => ({
      ...common,
      id: id('resource', 'res', resource.name),
      name: resource.name,
      position,
      priority: resource.priority,
      routes: json(resource.routes),
      fallback: json(resource.fallback),
      max_wait_ms: resource.maxWaitMs,
      spill_after_ms: resource.spillAfterMs,
      on_unsupported: resource.onUnsupported,
      limits: json(resource.limits),
    })),
    api_key: file.apiKeys.map((key) => ({ ...common, id: id('api_key', 'key', key.name), ...apiKeyRow(key) })),
  };
}

export function connectionRow(connection: DeclaredConnection, id: string, owner: Pick<Owner, 'masterKey' | 'current'>) {
  const { name, provider, baseUrl, limits, guardMs, headroom, slotShare } = connection;
  const before = owner.current.connection.find((row) => row.name === name)?.['sealed_credentials'];
  const sealed = Object.keys(connection.credentials).length === 0
    ? null
    : sealUnlessSame(JSON.stringify(connection.credentials), before ?? null, { id, masterKey: owner.masterKey });
  const capacity = json({ v: 1, limits, guardMs, headroom, slotShare });
  return { id, name, provider, base_url: baseUrl, sealed_credentials: sealed, capacity };
}

export interface Binding {
  readonly id: string;
  readonly masterKey: Uint8Array;
}

function sealUnlessSame(secret: string, before: Json, binding: Binding): string {
  return typeof before === 'string' && opened(before, binding) === secret ? before : seal(secret, binding.masterKey, binding.id);
}

export function opened(sealed: string, { id, masterKey }: Binding): string | undefined {
  try {
    return open(sealed, masterKey, id);
  } catch {
    // Sealed under another master key or damaged: the file holds the truth, and it is sealed anew.
    return undefined;
  }
}

export function apiKeyRow(key: DeclaredApiKey) {
  return {
    name: key.name,
    hash: digest(key.key),
    masked: masked(key.key),
    resources: key.resources,
    priorities: key.priorities,
    weight: key.weight,
    limits: json(key.limits),
    may_choose_route: key.mayChooseRoute,
    loopback_only: key.loopbackOnly,
    enabled: key.enabled,
    expires_at_ms: key.expiresAt,
  };
}

/** Interfaces have no index signature, so the compiler cannot see that they are JSON. */
export const json = (value: object): Json => JSON.parse(JSON.stringify(value)) as Json;
