export { type Configuration, type ConfigurationOptions, startConfiguration } from './configuration.ts';
export type * from './jobs/kept-jobs.ts';
export { migrate, openStore } from './open-store.ts';
export type { Change } from './reconcile/plan.ts';
export type { Reconciled, ReconcileOptions } from './reconcile/reconcile.ts';
export { open, openCredentials, parseMasterKey, seal } from './seal.ts';
export type { Store, StoreOptions } from './store.ts';
export { postgresMetricSink } from './write-metrics.ts';
