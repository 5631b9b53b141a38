import { describe, expect, test } from 'vitest';
import { credentialProblems } from './credentials.ts';
import { parseConfigurationFile } from './parse.ts';
import { PROVIDER_IDS } from './providers.ts';

const file = (connection: string): string => `{ version: 1, connections: [{ name: a, ${connection} }] }`;

const told = (connection: string): readonly string[] => {
  const parsed = parseConfigurationFile(file(connection), { KEY_FILE: '{ "type": "service_account",\n "private_key": "-----" }' });
  return parsed.ok ? [] : parsed.problems.map(({ path, message }) => `${path}: ${message}`);
};

test('a provider takes no key as well: the server may need none, or the caller bring its own', () => {
  for (const provider of PROVIDER_IDS) {
    const needed = [...credentialProblems(provider, {})].filter(({ message }) => !message.includes('required for vertex'));
    expect(needed, provider).toEqual([]);
  }
});

describe('what does not go together is told', () => {
  test.each([
    [
      'provider: groq, credentials: { api_key: k, organization: o }',
      ['connections[0].credentials.organization: is no credential of groq: it takes api_key'],
    ],
    [
      'provider: aws-bedrock, credentials: { access_key_id: AKIA, region: us-east-1 }',
      ['connections[0].credentials: access_key_id, secret_access_key go together: secret_access_key is missing'],
    ],
    [
      'provider: aws-bedrock-invoke, credentials: { external_id: x, region: us-east-1 }',
      ['connections[0].credentials.external_id: means nothing without role_arn'],
    ],
    [
      'provider: azure-openai, base_url: "https://r.openai.azure.com", credentials: { api_key: k, entra_token: t }',
      ['connections[0].credentials: api_key and entra_token exclude each other'],
    ],
    [
      'provider: vertex, credentials: { access_token: t, location: us-east5 }', ['connections[0].credentials: project is required for vertex'],
    ],
    [
      'provider: aws-bedrock',
      ['connections[0].base_url: is required for aws-bedrock unless credentials.region says where it is, such as eu-central-1'],
    ],
    ['provider: vertex, credentials: { service_account: "nonsense", project: p, location: l }', ['connections[0].credentials.service_account: expected the JSON of a key file']],
  ])('%s', (connection, problems) => {
    expect(told(connection)).toEqual(problems);
  });
});

describe('an address follows from the place', () => {
  test.each([
    ['provider: aws-bedrock, credentials: { region: eu-central-1 }', 'https://bedrock-runtime.eu-central-1.amazonaws.com'],
    ['provider: vertex, credentials: { service_account: "${KEY_FILE}", project: p, location: us-east5 }', 'https://us-east5-aiplatform.googleapis.com'],
    ['provider: vertex, credentials: { project: p, location: global }', 'https://aiplatform.googleapis.com'],
    ['provider: aws-bedrock, base_url: "https://vpce.example.com/", credentials: { region: us-east-1 }', 'https://vpce.example.com'],
    ['provider: deepseek', 'https://api.deepseek.com/v1'],
  ])('%s', (connection, baseUrl) => {
    const parsed = parseConfigurationFile(file(connection), { KEY_FILE: '{ "type": "service_account" }' });
    expect(parsed.ok && parsed.file.connections[0]?.baseUrl).toBe(baseUrl);
  });
});

test('credentials are declared by their names, each as it was given', () => {
  const parsed = parseConfigurationFile(file('provider: vertex, credentials: { access_token: t, project: p, location: l }'), {});
  expect(parsed.ok && parsed.file.connections[0]?.credentials).toEqual({ access_token: 't', project: 'p', location: 'l' });
});
