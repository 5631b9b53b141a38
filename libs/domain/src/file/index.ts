export * from './chunk-cutter.ts';
export * from './chunk-store.ts';
export * from './file.ts';
