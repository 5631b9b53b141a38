export * from './policy.ts';
export * from './roles.ts';
export * from './secrets.ts';
export * from './usage.ts';
export * from './view.ts';
