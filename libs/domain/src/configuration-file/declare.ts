/** From the file's shape to what it declares: units, defaults that depend on other keys, the names of the rest of the code. */
import { DIMENSIONS, type Limit } from '../limit.ts';
import type { ConfigurationFile, DeclaredApiKey, DeclaredConnection, DeclaredResource } from './declared.ts';
import { durationMs, periodMs } from './durations.ts';
import { addressOf, isLoopback } from './providers.ts';
import type { FileShape, LimitShape } from './schema.ts';

const GUARD_MS = 250;
/** On loopback a request that was written has arrived within milliseconds. */
const LOOPBACK_GUARD_MS = 100;

/** Only of a file that has passed schema and rules; throws on anything else, which would be our own bug. */
export function declare(file: FileShape): ConfigurationFile {
  const priorities = file.priorities.map(({ name, reserved, ceiling, ages_after }, rank) => ({
    name, rank, reserved, ceiling, agesAfterMs: optionalMs(ages_after),
  }));
  const names = priorities.map((priority) => priority.name);
  const named = (name: string) => (names.includes(name) ? name : undefined);
  return {
    environment: file.environment,
    settings: {
      strategy: file.settings.strategy,
      retentionMs: milliseconds(file.settings.retention),
      capture: file.settings.capture,
      batchPriority: file.settings.batch_priority ?? named('batch') ?? must(names.at(-1)),
      directRouting: file.settings.direct_routing,
      corsOrigins: file.settings.cors_origins,
      webhooksAllow: file.webhooks.allow,
      webhooksAllowPrivate: file.webhooks.allow_private,
      providerKeys: file.settings.provider_keys,
      ...(file.settings.source_limits.length > 0 && { sourceLimits: file.settings.source_limits.map(limitOf) }),
    },
    connections: file.connections.map(connectionOf),
    priorities,
    resources: file.resources.map((resource) => resourceOf(resource, named('normal') ?? must(names[0]))),
    apiKeys: file.api_keys.map(apiKeyOf),
    webhooks: { secret: file.webhooks.secret ?? null, endpoints: file.webhooks.endpoints },
  };
}

function connectionOf(connection: FileShape['connections'][number]): DeclaredConnection {
  const baseUrl = connection.base_url ?? must(addressOf(connection.provider, connection.credentials));
  const guardMs = optionalMs(connection.guard) ?? (isLoopback(baseUrl) ? LOOPBACK_GUARD_MS : GUARD_MS);
  return {
    name: connection.name,
    provider: connection.provider,
    // Paths are appended to it: a slash at its end would double.
    baseUrl: new URL(baseUrl).href.replace(/\/+$/, ''),
    credentials: Object.fromEntries(Object.entries(connection.credentials).flatMap(([name, value]) => (value ? [[name, value]] : []))),
    limits: connection.limits.map(limitOf),
    guardMs,
    headroom: connection.headroom,
    slotShare: connection.slot_share,
  };
}

function resourceOf(resource: FileShape['resources'][number], otherwise: string): DeclaredResource {
  return {
    name: resource.name,
    priority: resource.priority ?? otherwise,
    routes: resource.routes,
    fallback: resource.fallback.map((target) => ({ ...target, weight: 1 })),
    maxWaitMs: optionalMs(resource.max_wait),
    spillAfterMs: optionalMs(resource.spill_after),
    onUnsupported: resource.on_unsupported,
    limits: resource.limits.map(limitOf),
  };
}

function apiKeyOf(key: FileShape['api_keys'][number]): DeclaredApiKey {
  return {
    name: key.name,
    key: key.key,
    resources: key.resources,
    priorities: key.priorities,
    weight: key.weight,
    limits: key.limits.map(limitOf),
    mayChooseRoute: key.may_choose_route,
    loopbackOnly: key.loopback_only,
    enabled: key.enabled,
    expiresAt: key.expires_at === undefined ? null : Date.parse(key.expires_at),
  };
}

function limitOf(limit: LimitShape): Limit {
  const dimension = must(DIMENSIONS.find((each) => limit[each] !== undefined));
  return {
    ...(limit.model !== undefined && { model: limit.model }),
    dimension,
    amount: must(limit[dimension]),
    windowMs: limit.per === undefined ? 0 : must(periodMs(limit.per)),
    window: limit.window ?? 'sliding',
    ...(limit.pace !== undefined && { paceMs: milliseconds(limit.pace) }),
    ...(limit.burst !== undefined && { burst: limit.burst }),
  };
}

const milliseconds = (text: string): number => must(durationMs(text));
const optionalMs = (text: string | undefined): number | null => (text === undefined ? null : milliseconds(text));

function must<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('a configuration file was declared before it was checked');
  return value;
}
