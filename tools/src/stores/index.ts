export { findOrStartPostgres } from './postgres.ts';
export { findOrStartQuestdb } from './questdb.ts';
export { findOrStartRedis } from './redis.ts';
export type { Store, StoreContext } from './store.ts';
export { StoreUnavailable } from './store.ts';
