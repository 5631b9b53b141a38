/** What `npm start` prints once everything is ready: enough to make the first call, and to find everything else. */
import type { ConfigurationFile } from '@sluice/domain/configuration-file';

export interface ScreenFacts {
  readonly url: string;
  readonly file: ConfigurationFile;
  /** As it may be shown; null: none that could be. */
  readonly shownKey: string | null;
  /** Name and explanation of each thing in use, in order. */
  readonly uses: readonly (readonly [string, string])[];
}

export function screen({ url, file, shownKey, uses }: ScreenFacts): string {
  const rows = [['key', keyLine(file, shownKey)] as const, ...uses];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  const model = file.resources[0]?.name;
  return [
    '',
    `Sluice is ready at ${url}`,
    '',
    ...rows.map(([name, text]) => `  ${name.padEnd(width)}${text}`),
    ...(shownKey && model ? ['', 'Try it:', '', curl(url, shownKey, model)] : []),
    '',
    'Ctrl-C stops everything that was started here.',
    '',
  ].join('\n');
}

function keyLine(file: ConfigurationFile, shownKey: string | null): string {
  const key = file.apiKeys.find((one) => one.enabled);
  if (!key) return 'none: add one under api_keys of the configuration';
  const where = key.loopbackOnly ? ', works from this machine alone' : '';
  return `${shownKey ?? 'as the configuration has it'} (${key.name}${where})`;
}

/** Double quotes around the header, so that a shell fills in a key that is `$NAME`. */
const curl = (url: string, key: string, model: string): string =>
  [
    `curl ${url}/v1/chat/completions \\`,
    `  -H "authorization: Bearer ${key}" -H 'content-type: application/json' \\`,
    `  -d '${JSON.stringify({ model, messages: [{ role: 'user', content: 'hello' }] })}'`,
  ].join('\n');

/** Where a client on this machine reaches what listens on `host`. */
export function urlOf(host: string, port: number): string {
  const reachable = host === '0.0.0.0' || host === '::' ? '127.0.0.1' : host;
  return `http://${reachable.includes(':') ? `[${reachable}]` : reachable}:${port}`;
}
