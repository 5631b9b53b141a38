/**
 * The snapshot as the database tells it, checked once on its way in. Unknown fields are dropped: a newer release may have
 * written them.
 */
import { DIMENSIONS, type Snapshot, STRATEGIES, WINDOWS } from '@sluice/domain';
import { z } from 'zod';

const limit = z.object({
  model: z.string().exactOptional(),
  dimension: z.enum(DIMENSIONS),
  amount: z.number(),
  windowMs: z.number(),
  window: z.enum(WINDOWS),
  paceMs: z.number().exactOptional(),
  burst: z.number().exactOptional(),
});

const target = z.object({ connection: z.string(), model: z.string(), weight: z.number() });

const settings = z.object({
  /** Of an older release: the only one there was. */
  strategy: z.enum(STRATEGIES).default('weighted'),
  retentionMs: z.number(),
  capture: z.enum(['none', 'metadata', 'full']),
  batchPriority: z.string(),
  directRouting: z.boolean(),
  corsOrigins: z.array(z.string()),
  webhooksAllow: z.array(z.string()),
  webhooksAllowPrivate: z.boolean(),
  providerKeys: z.boolean(),
  sourceLimits: z.array(limit).exactOptional(),
});

const connection = z.object({
  id: z.string(),
  name: z.string(),
  provider: z.string(),
  baseUrl: z.string(),
  sealedCredentials: z.string().nullable(),
  limits: z.array(limit),
  guardMs: z.number(),
  headroom: z.enum(['adaptive', 'strict', 'off']),
  slotShare: z.number(),
  state: z.enum(['enabled', 'paused', 'draining']),
});

const priority = z.object({
  name: z.string(), rank: z.number(), reserved: z.number(), ceiling: z.number(), agesAfterMs: z.number().nullable(),
});

const resource = z.object({
  id: z.string(),
  name: z.string(),
  priority: z.string(),
  routes: z.array(target),
  fallback: z.array(target),
  maxWaitMs: z.number().nullable(),
  spillAfterMs: z.number().nullable(),
  onUnsupported: z.enum(['refuse', 'drop']),
  limits: z.array(limit),
});

const apiKey = z.object({
  id: z.string(),
  name: z.string(),
  hash: z.string(),
  masked: z.string(),
  resources: z.array(z.string()),
  priorities: z.array(z.string()),
  weight: z.number(),
  limits: z.array(limit),
  mayChooseRoute: z.boolean(),
  loopbackOnly: z.boolean(),
  enabled: z.boolean(),
  expiresAt: z.number().nullable(),
});

const environment = z.object({
  id: z.string(),
  workspace: z.string(),
  name: z.string(),
  settings,
  connections: z.array(connection),
  priorities: z.array(priority),
  resources: z.array(resource),
  apiKeys: z.array(apiKey),
});

export const snapshotSchema: z.ZodType<Snapshot> = z.object({ version: z.number(), environments: z.array(environment) });
