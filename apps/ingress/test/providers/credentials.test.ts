/** Every way in which a connection shows whose it is, through the whole system, to providers and givers of tokens that look. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { KEY, startSystem, type System } from '../system.ts';
import { ENTRA, GIVEN, ROLE, startTokenServer, type TokenServer } from './token-server.ts';

/** What the machine itself has: AWS' default chain finds it in the environment. */
const MACHINE = { id: 'AKIAMACHINE', secret: 'of-the-machine-4711' };
const STATIC = { id: 'AKIASTATIC', secret: 'static-secret-0815' };
const SESSION = { id: 'ASIASESSION', secret: 'session-secret-77', sessionToken: 'session-token' };
const KEYS = { openai: 'sk-openai-key', azure: 'azure-51aac0de', entra: 'entra-77b0c0de', vertex: 'ya29.given', bedrock: 'bedrock-api-key' };

const REGION = { region: 'eu-west-1' };
const PLACE = { project: 'test-project', location: 'europe-west4' };
const CLAUDE = 'eu.anthropic.claude-sonnet-4-5-20250929-v1:0';
const pair = ({ id, secret }: { readonly id: string; readonly secret: string }) => ({ access_key_id: id, secret_access_key: secret });

interface Account {
  readonly provider: string;
  readonly model: string;
  readonly credentials: Readonly<Record<string, string>>;
  /** After the simulator's origin. */
  readonly path?: string;
}

const accounts = (googleAccount: string): Readonly<Record<string, Account>> => ({
  'api-key': { provider: 'openai', model: 'gpt-4o-mini', credentials: { api_key: KEYS.openai }, path: '/v1' },
  'azure-key': { provider: 'azure-openai', model: 'gpt-4o-mini', credentials: { api_key: KEYS.azure } },
  'entra-token': { provider: 'azure-openai', model: 'gpt-4o-mini', credentials: { entra_token: KEYS.entra } },
  'entra-application': { provider: 'azure-openai', model: 'gpt-4o-mini', credentials: ENTRA },
  'access-token': { provider: 'vertex', model: 'gemini-2.5-flash', credentials: { ...PLACE, access_token: KEYS.vertex } },
  'service-account': { provider: 'vertex', model: 'gemini-2.5-flash', credentials: { ...PLACE, service_account: googleAccount } },
  'google-default': { provider: 'vertex', model: 'claude-sonnet-4-5@20250929', credentials: PLACE },
  'bedrock-key': { provider: 'aws-bedrock', model: CLAUDE, credentials: { ...REGION, api_key: KEYS.bedrock } },
  'static-keys': { provider: 'aws-bedrock', model: CLAUDE, credentials: { ...REGION, ...pair(STATIC) } },
  'session-keys': { provider: 'aws-bedrock-invoke', model: CLAUDE, credentials: { ...REGION, ...pair(SESSION), session_token: SESSION.sessionToken } },
  'assumed-role': { provider: 'aws-bedrock', model: CLAUDE, credentials: { ...REGION, ...pair(STATIC), ...ROLE } },
  'aws-default': { provider: 'aws-bedrock-invoke', model: CLAUDE, credentials: REGION },
});

const WRONG: Readonly<Record<string, Account>> = {
  'wrong-key': { provider: 'openai', model: 'gpt-4o-mini', credentials: { api_key: 'sk-nobody-knows' }, path: '/v1' },
  'wrong-application': { provider: 'azure-openai', model: 'gpt-4o-mini', credentials: { ...ENTRA, client_secret: 'guessed-secret' } },
  'wrong-secret': { provider: 'aws-bedrock', model: CLAUDE, credentials: { ...REGION, ...pair(STATIC), secret_access_key: 'guessed-aws-secret' } },
  'wrong-external-id': { provider: 'aws-bedrock', model: CLAUDE, credentials: { ...REGION, ...pair(STATIC), ...ROLE, external_id: 'not-agreed-upon' } },
  'foreign-role': { provider: 'aws-bedrock', model: CLAUDE, credentials: { ...REGION, ...pair({ id: 'AKIAOTHER', secret: 'x' }), ...ROLE } },
};

/** With whose key the simulator sees the call, by its name here. */
const SHOWN: Readonly<Record<string, string>> = {
  'api-key': KEYS.openai, 'azure-key': KEYS.azure, 'entra-token': KEYS.entra, 'entra-application': GIVEN.entra, 'access-token': KEYS.vertex,
  'service-account': GIVEN.google, 'google-default': GIVEN.google, 'bedrock-key': KEYS.bedrock, 'static-keys': STATIC.id,
  'session-keys': SESSION.id, 'assumed-role': GIVEN.sts.id, 'aws-default': MACHINE.id,
};

const configurationOf = (all: Readonly<Record<string, Account>>): string => `version: 1
connections:
${Object.entries(all).map(([name, { provider, credentials, path = '' }]) =>
    `  - { name: ${name}, provider: ${provider}, base_url: "\${ORIGIN_0}${path}", credentials: ${JSON.stringify(credentials)}, limits: [{ requests: 10000, per: 60s }] }`).join('\n')}
priorities: [{ name: normal, reserved: 50, ceiling: 100 }]
resources:
${Object.entries(all).map(([name, { model }]) => `  - { name: ${name}, routes: [{ connection: ${name}, model: "${model}" }] }`).join('\n')}
api_keys: [{ name: test, key: ${KEY}, resources: ["*"], priorities: ["*"] }]
`;

let tokens: TokenServer;
let folder: string;
let system: System;
let secrets: readonly string[];
beforeAll(async () => {
  tokens = await startTokenServer(STATIC.id);
  folder = await mkdtemp(join(tmpdir(), 'sluice-credentials-'));
  await writeFile(join(folder, 'google.json'), tokens.googleAccount);
  const all = { ...accounts(tokens.googleAccount), ...WRONG };
  secrets = [MACHINE.secret, STATIC.secret, SESSION.secret, ENTRA.client_secret, GIVEN.entra, GIVEN.google, GIVEN.sts.secret, ...Object.values(KEYS), 'BEGIN PRIVATE KEY', 'guessed-'];
  system = await startSystem({
    configuration: configurationOf(all),
    simulators: [{
      limits: [], latencyMs: 0, chunkEveryMs: 0, keys: [...Object.values(KEYS), GIVEN.entra, GIVEN.google],
      awsKeys: Object.fromEntries([STATIC, MACHINE, SESSION, GIVEN.sts].map(({ id, ...key }) => [id, key])),
    }],
    env: {
      NODE_OPTIONS: `--import=${new URL('token-hosts.mjs', import.meta.url).href}`, TOKEN_SERVER: tokens.origin, AWS_ENDPOINT_URL_STS: tokens.origin,
      AWS_ACCESS_KEY_ID: MACHINE.id, AWS_SECRET_ACCESS_KEY: MACHINE.secret, AWS_EC2_METADATA_DISABLED: 'true', GOOGLE_APPLICATION_CREDENTIALS: join(folder, 'google.json'),
    },
  });
});
afterAll(async () => {
  await system?.stop();
  await tokens?.stop();
  await rm(folder, { recursive: true, force: true });
});

const hello = (model: string, stream: boolean) => system.chat({ model, stream, messages: [{ role: 'user', content: 'hello' }] });

test.each(Object.keys(SHOWN))('%s: the provider sees whose call it is, whole and streamed', async (name) => {
  for (const stream of [false, true]) {
    const response = await hello(name, stream);
    expect([response.status, await response.text()]).toEqual([200, expect.stringContaining('Hello')]);
    expect(system.simulators[0]?.calls().at(-1)?.key).toBe(SHOWN[name]);
  }
});

test('tokens and roles are asked for once, and used again', () => {
  // The service account and the machine's own are two accounts to us; the wrong ones come later.
  expect(tokens.asked.toSorted()).toEqual(['entra', 'google', 'google', 'sts']);
});

test.each(Object.keys(WRONG))('%s: nothing is answered, and nobody is told why', async (name) => {
  const response = await hello(name, false);
  const said = await response.text();
  expect([response.status, response.headers.get('x-sluice-error'), response.headers.get('x-should-retry')]).toEqual([502, 'provider_error', 'false']);
  expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
});

test('no process has written a secret', () => {
  const written = system.output();
  expect(written.length).toBeGreaterThan(1_000);
  expect(secrets.filter((secret) => written.includes(secret))).toEqual([]);
});
