import { expect, test } from 'vitest';
import { chooseConfiguration } from './chosen-configuration.ts';
import { screen, urlOf } from './screen.ts';

function screenOf(apiKeys: string, env: NodeJS.ProcessEnv = {}): string {
  const text =
    `version: 1\nconnections: [{ name: a, provider: openai, credentials: { api_key: k } }]\n` +
    `resources: [{ name: fast, routes: [{ connection: a, model: m }] }]\n${apiKeys}`;
  const choice = chooseConfiguration({ name: 'sluice.yaml', text }, env, 'http://127.0.0.1:1/v1');
  if ('problems' in choice) throw new Error(choice.problems.join('\n'));
  return screen({
    url: 'http://127.0.0.1:3000',
    file: choice.configuration.file,
    shownKey: choice.configuration.shownKey,
    uses: [['redis', 'here']],
  });
}

test('a key that the file reads from the environment is shown by its name, ready for a shell, never by its value', () => {
  const text = screenOf('api_keys: [{ name: team, key: "${TEAM_KEY}" }]', { TEAM_KEY: 'sk-very-secret' });
  expect(text).toContain('-H "authorization: Bearer $TEAM_KEY"');
  expect(text).not.toContain('sk-very-secret');
});

test('a key written out in the file is shown as it is', () => {
  expect(screenOf('api_keys: [{ name: team, key: sk-written-out }]')).toContain('Bearer sk-written-out"');
});

test('a key put together from the environment is not shown at all', () => {
  const text = screenOf('api_keys: [{ name: team, key: "sk-${TEAM_KEY}" }]', { TEAM_KEY: 'very-secret' });
  expect(text).not.toContain('very-secret');
  expect(text).not.toContain('curl');
});

test('without keys it says where to add one', () => {
  expect(screenOf('')).toContain('none: add one under api_keys');
});

test('an address for everybody is reached over loopback', () => {
  expect(urlOf('0.0.0.0', 1)).toBe('http://127.0.0.1:1');
  expect(urlOf('::1', 1)).toBe('http://[::1]:1');
  expect(urlOf('10.0.0.5', 1)).toBe('http://10.0.0.5:1');
});
