/**
 * The configuration of an installation as every process holds it: an immutable snapshot, read from Postgres and
 * replaced whole when its version changes. The hot path reads nothing else.
 */
import type { Limit } from './limit.ts';

export interface Snapshot {
  /** Grows with every change; processes compare it to know whether they are current. */
  readonly version: number;
  readonly environments: readonly Environment[];
}

export interface Environment {
  readonly id: string;
  readonly workspace: string;
  readonly name: string;
  readonly settings: Settings;
  readonly connections: readonly Connection[];
  /** In order of rank: the first is the most urgent. */
  readonly priorities: readonly Priority[];
  readonly resources: readonly Resource[];
  readonly apiKeys: readonly ApiKey[];
}

/** Who goes next on a connection: docs/scheduling.md. */
export const STRATEGIES = ['weighted', 'adaptive-token-scaling', 'fifo', 'strict'] as const;
export type StrategyName = (typeof STRATEGIES)[number];

export interface Settings {
  readonly strategy: StrategyName;
  readonly retentionMs: number;
  readonly capture: 'none' | 'metadata' | 'full';
  readonly batchPriority: string;
  readonly directRouting: boolean;
  readonly corsOrigins: readonly string[];
  readonly webhooksAllow: readonly string[];
  readonly webhooksAllowPrivate: boolean;
  /** Of each source address by itself; absent: none. */
  readonly sourceLimits?: readonly Limit[];
  /** May a caller bring a provider key of its own (`x-sluice-provider-key`)? */
  readonly providerKeys: boolean;
}

export interface Connection {
  readonly id: string;
  readonly name: string;
  /** An id of docs/providers.md, such as `openai` or `openai-compatible`. */
  readonly provider: string;
  readonly baseUrl: string;
  /** Sealed: opened only by the worker, at the moment of the call, with the master key. */
  readonly sealedCredentials: string | null;
  readonly limits: readonly Limit[];
  /** How long after its last byte was sent a request may still arrive at the provider. */
  readonly guardMs: number;
  readonly headroom: 'adaptive' | 'strict' | 'off';
  /** Percent of all worker slots this connection may hold. */
  readonly slotShare: number;
  /** Paused: nothing is sent. Draining: what waits is sent, and nothing new is led there. */
  readonly state: 'enabled' | 'paused' | 'draining';
}

export interface Priority {
  readonly name: string;
  readonly rank: number;
  /** Percent of every minute limit. */
  readonly reserved: number;
  readonly ceiling: number;
  readonly agesAfterMs: number | null;
}

export interface RouteTarget {
  /** Name of a connection of the same environment. */
  readonly connection: string;
  readonly model: string;
  readonly weight: number;
}

export interface Resource {
  readonly id: string;
  readonly name: string;
  readonly priority: string;
  readonly routes: readonly RouteTarget[];
  readonly fallback: readonly RouteTarget[];
  /** Longest time a call is held before the provider is called; null: 4 min, 10 min when streamed. */
  readonly maxWaitMs: number | null;
  readonly spillAfterMs: number | null;
  readonly onUnsupported: 'refuse' | 'drop';
  readonly limits: readonly Limit[];
}

export interface ApiKey {
  readonly id: string;
  readonly name: string;
  /** Lower-case hex sha256 of the key. */
  readonly hash: string;
  readonly masked: string;
  /** Names, or `*` for all. */
  readonly resources: readonly string[];
  readonly priorities: readonly string[];
  readonly weight: number;
  readonly limits: readonly Limit[];
  readonly mayChooseRoute: boolean;
  /** The demo's key: refused from anywhere but loopback. */
  readonly loopbackOnly: boolean;
  readonly enabled: boolean;
  readonly expiresAt: number | null;
}
