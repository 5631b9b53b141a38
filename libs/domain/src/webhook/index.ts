export * from './address.ts';
export * from './breaker.ts';
export * from './event.ts';
export * from './schedule.ts';
export * from './signature.ts';
export * from './verdict.ts';
