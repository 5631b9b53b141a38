export * from './estimate.ts';
export * from './forecast.ts';
export * from './inspect.ts';
export { remember } from './remember.ts';
export { initial } from './state.ts';
export type { State } from './state.ts';
export { step } from './step.ts';
export type { Step } from './step.ts';
export type * from './types.ts';
