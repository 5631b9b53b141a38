import { expect, test } from 'vitest';
import { chooseConfiguration } from './chosen-configuration.ts';
import { DEMO_KEY } from './demo.ts';

const demo = (env: NodeJS.ProcessEnv) => {
  const choice = chooseConfiguration(null, env, 'http://127.0.0.1:9/v1');
  if ('problems' in choice) throw new Error(choice.problems.join('\n'));
  return choice.configuration;
};

test('with no provider key the demo has two accounts of the simulator, each with its limits', () => {
  const { file, simulated, shownKey } = demo({});
  expect(simulated).toBe(true);
  expect(file.connections.map(({ name, baseUrl }) => [name, baseUrl])).toEqual([
    ['simulator', 'http://127.0.0.1:9/v1'],
    ['simulator-2', 'http://127.0.0.1:9/v1'],
  ]);
  expect(new Set(file.connections.map(({ credentials }) => credentials['api_key'])).size).toBe(2);
  for (const { limits } of file.connections) {
    expect(limits).toEqual([
      { dimension: 'requests', amount: 600, windowMs: 60_000, window: 'sliding' },
      { dimension: 'total_tokens', amount: 200_000, windowMs: 60_000, window: 'sliding' },
    ]);
  }
  expect(shownKey).toBe(DEMO_KEY);
});

test('its resources are fast, with one route, and smart, with a fallback to the other account', () => {
  const { file } = demo({});
  expect(file.resources.map(({ name, routes, fallback }) => [name, routes.length, fallback.length])).toEqual([
    ['fast', 1, 0],
    ['smart', 1, 1],
  ]);
  expect(file.resources[1]?.fallback[0]?.connection).not.toBe(file.resources[1]?.routes[0]?.connection);
  expect(file.priorities.map(({ name }) => name)).toEqual(['urgent', 'normal', 'batch']);
});

test('its key works from this machine alone', () => {
  expect(demo({}).file.apiKeys).toMatchObject([{ key: 'sk-sluice-demo', loopbackOnly: true }]);
});

test('provider keys that are set become its connections, and the keys stand nowhere in what is said', () => {
  const { file, simulated, how } = demo({ OPENAI_API_KEY: 'sk-secret-1', GROQ_API_KEY: 'gsk-secret:"2"#{', MISTRAL_API_KEY: '' });
  expect(simulated).toBe(false);
  expect(file.connections.map(({ provider, credentials }) => [provider, credentials['api_key']])).toEqual([
    ['openai', 'sk-secret-1'],
    ['groq', 'gsk-secret:"2"#{'],
  ]);
  expect(file.resources[1]?.fallback).toMatchObject([{ connection: 'groq' }]);
  expect(how).toBe('the demo, with OPENAI_API_KEY, GROQ_API_KEY');
});

test('one provider key alone makes a demo without a fallback', () => {
  expect(demo({ MISTRAL_API_KEY: 'k' }).file.resources.map(({ fallback }) => fallback)).toEqual([[], []]);
});
