export * from './declared.ts';
export type { Environ } from './interpolate.ts';
export { configurationFileJsonSchema } from './json-schema.ts';
export { type ParsedConfigurationFile, parseConfigurationFile } from './parse.ts';
export { PROVIDER_IDS, PROVIDERS, type ProviderId } from './providers.ts';
