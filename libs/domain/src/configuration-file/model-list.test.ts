import { expect, test } from 'vitest';
import { parseConfigurationFile } from './parse.ts';

const LIST = `model_list:
  - model_name: gpt-4o
    litellm_params: { model: openai/gpt-4o, api_key: os.environ/OPENAI_API_KEY, rpm: 60, tpm: 90000 }
  - model_name: gpt-4o
    litellm_params: { model: azure/eu-4o, api_base: "https://eu.example.com/", api_key: "\${AZURE_KEY}", rpm: 6, weight: 2 }
  - model_name: cheap
    litellm_params: { model: gpt-4o-mini, api_key: os.environ/OPENAI_API_KEY }
  - model_name: cheap-too
    litellm_params: { model: gpt-4o, api_key: os.environ/OPENAI_API_KEY, rpm: 50 }
  - model_name: local
    litellm_params: { model: openai/org/model, api_base: "http://127.0.0.1:8000/v1", api_key: none }
general_settings: { master_key: sk-master-1234 }
`;
const env = { OPENAI_API_KEY: 'sk-o', AZURE_KEY: 'az' };

test('accounts become connections, names resources, and rpm and tpm limits of their model', () => {
  const parsed = parseConfigurationFile(LIST, env);
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems));
  const { connections, resources, apiKeys, priorities } = parsed.file;
  const minute = { windowMs: 60_000, window: 'sliding' };
  expect(connections).toMatchObject([
    {
      name: 'openai', provider: 'openai', baseUrl: 'https://api.openai.com/v1', credentials: { api_key: 'sk-o' },
      limits: [
        { dimension: 'requests', model: 'gpt-4o', amount: 50, ...minute },
        { dimension: 'total_tokens', model: 'gpt-4o', amount: 90_000, ...minute },
      ],
    },
    {
      name: 'azure-openai', provider: 'azure-openai', baseUrl: 'https://eu.example.com', credentials: { api_key: 'az' },
      limits: [{ dimension: 'requests', model: 'eu-4o', amount: 6 }],
    },
    { name: 'openai-compatible', provider: 'openai-compatible', baseUrl: 'http://127.0.0.1:8000/v1', limits: [] },
  ]);
  expect(resources.map(({ name, routes, priority }) => ({ name, priority, routes }))).toEqual([
    {
      name: 'gpt-4o', priority: 'normal',
      routes: [{ connection: 'openai', model: 'gpt-4o', weight: 1 }, { connection: 'azure-openai', model: 'eu-4o', weight: 2 }],
    },
    { name: 'cheap', priority: 'normal', routes: [{ connection: 'openai', model: 'gpt-4o-mini', weight: 1 }] },
    { name: 'cheap-too', priority: 'normal', routes: [{ connection: 'openai', model: 'gpt-4o', weight: 1 }] },
    { name: 'local', priority: 'normal', routes: [{ connection: 'openai-compatible', model: 'org/model', weight: 1 }] },
  ]);
  expect(apiKeys).toMatchObject([{ name: 'master', key: 'sk-master-1234', resources: ['*'] }]);
  expect(priorities).toHaveLength(3);
});

test('two keys of one provider are two connections', () => {
  const parsed = parseConfigurationFile(`model_list:
  - { model_name: a, litellm_params: { model: groq/m, api_key: k1 } }
  - { model_name: a, litellm_params: { model: groq/m, api_key: k2 } }`, {});
  expect(parsed.ok && parsed.file.connections.map(({ name }) => name)).toEqual(['groq', 'groq-2']);
});

test('what has no counterpart is an error at its place, never ignored', () => {
  const parsed = parseConfigurationFile(LIST
    .replace('rpm: 6,', 'rpm: 6, timeout: 30,')
    .replace('openai/org/model', 'unheard/of')
    .concat('router_settings: { num_retries: 2 }\n'), { AZURE_KEY: 'az' });
  const said = parsed.ok ? [] : parsed.problems.map(({ line, path, message }) => `${line} ${path}: ${message}`);
  const missing = '${OPENAI_API_KEY} is not set in the environment and has no default';
  expect(said).toEqual([
    `3 model_list[0].litellm_params.api_key: ${missing}`,
    '5 model_list[1].litellm_params.timeout: unknown key',
    `7 model_list[2].litellm_params.api_key: ${missing}`,
    `9 model_list[3].litellm_params.api_key: ${missing}`,
    '13 router_settings: unknown key',
  ]);
  const broken = LIST.replace('openai/org/model', 'unheard/of').replace('api_base: "https://eu.example.com/", ', '');
  const rest = parseConfigurationFile(broken, env);
  expect(rest.ok ? [] : rest.problems.map(({ line, path }) => `${line} ${path}`))
    .toEqual(['5 model_list[1].litellm_params.api_base', '11 model_list[4].litellm_params.model']);
});
