/** Every way in which a call shows whose it is, against servers that look. */
import { createHash, createHmac, createVerify, generateKeyPairSync } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callersCredentials, openAuthorizer, providers, type Addressed, type Credentials } from '../src/index.ts';

interface Heard {
  readonly url: string;
  readonly form: URLSearchParams;
}

let server: Server;
let origin: string;
let heard: Heard[] = [];
let answer: { status: number; body: string };

beforeAll(async () => {
  server = createServer((req, res) => {
    let text = '';
    req.on('data', (chunk: Buffer) => { text += chunk.toString(); });
    req.on('end', () => {
      heard.push({ url: req.url ?? '', form: new URLSearchParams(text) });
      res.writeHead(answer.status, { 'content-type': answer.body.startsWith('<') ? 'text/xml' : 'application/json' });
      res.end(answer.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`; // it listens on a port
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

/** Those who give tokens have fixed addresses; here they all live at ours. */
const redirected: typeof fetch = (input, init) => fetch(`${origin}${new URL(input instanceof Request ? input.url : input).pathname}`, init);

let now = Date.parse('2026-01-01T00:00:00Z');
const authorizer = openAuthorizer({ now: () => now, fetch: redirected });

function headersFor(id: string, credentials: Credentials, call: Partial<Addressed> = {}) {
  const provider = providers.get(id);
  if (!provider) throw new Error(`no provider ${id}`);
  const addressed: Addressed = {
    method: 'POST', url: new URL('https://bedrock-runtime.eu-west-1.amazonaws.com/model/us.x-v1%3A0/converse'), body: Buffer.from('{"a":1}'),
    headers: { 'content-type': 'application/json', accept: '*/*' }, ...call,
  };
  return authorizer.headersFor(addressed, provider.profile, credentials);
}

test.each([
  ['openai', { api_key: 'k', organization: 'o' }, { authorization: 'Bearer k', 'openai-organization': 'o' }],
  ['anthropic', { api_key: 'k' }, { 'x-api-key': 'k' }],
  ['azure-openai', { api_key: 'k' }, { 'api-key': 'k' }],
  ['azure-openai', { entra_token: 't' }, { authorization: 'Bearer t' }],
  ['gemini', { api_key: 'k' }, { 'x-goog-api-key': 'k' }],
  ['vertex', { access_token: 't', project: 'p', location: 'l' }, { authorization: 'Bearer t' }],
  ['aws-bedrock', { api_key: 'k' }, { authorization: 'Bearer k' }],
  ['ollama', {}, {}],
])('%s with %j', async (id, credentials, headers) => {
  expect(await headersFor(id, credentials)).toEqual(headers);
});

test.each<[string, Credentials, Record<string, string>]>([
  ['openai', { api_key: 'ours', organization: 'o', project: 'p' }, { authorization: 'Bearer theirs' }],
  ['anthropic', { api_key: 'ours' }, { 'x-api-key': 'theirs' }],
  ['azure-openai', { entra_token: 'ours', api_version: 'v' }, { 'api-key': 'theirs' }],
  ['vertex', { service_account: 'ours', project: 'p', location: 'l' }, { authorization: 'Bearer theirs' }],
  ['aws-bedrock', { access_key_id: 'ours', secret_access_key: 'ours', role_arn: 'ours', region: 'r' }, { authorization: 'Bearer theirs' }],
  ['ollama', {}, { authorization: 'Bearer theirs' }],
])('%s with the key of a caller: nothing of ours goes along', async (id, credentials, headers) => {
  const profile = providers.get(id)?.profile;
  if (!profile) throw new Error(`no provider ${id}`);
  expect(await headersFor(id, callersCredentials(profile, credentials, 'theirs'))).toEqual(headers);
});

describe('Entra', () => {
  const application = { tenant_id: 'tenant', client_id: 'client', client_secret: 'hush' };

  test('gives an application a token, which is kept until shortly before its end', async () => {
    heard = [];
    answer = { status: 200, body: JSON.stringify({ access_token: 'first', expires_in: 3_600 }) };
    const both = await Promise.all([headersFor('azure-openai', application), headersFor('azure-openai', application)]);
    expect(both).toEqual([{ authorization: 'Bearer first' }, { authorization: 'Bearer first' }]);
    expect(heard).toHaveLength(1);
    expect(heard[0]?.url).toBe('/tenant/oauth2/v2.0/token');
    expect(Object.fromEntries(heard[0]?.form ?? [])).toEqual({
      grant_type: 'client_credentials', client_id: 'client', client_secret: 'hush', scope: 'https://cognitiveservices.azure.com/.default',
    });
    answer = { status: 200, body: JSON.stringify({ access_token: 'second', expires_in: 3_600 }) };
    now += 54 * 60_000;
    expect(await headersFor('azure-openai', application)).toEqual({ authorization: 'Bearer first' });
    now += 60_000;
    expect(await headersFor('azure-openai', application)).toEqual({ authorization: 'Bearer second' });
  });

  test('refuses without the secret being told, and is asked again', async () => {
    const wrong = { ...application };
    answer = { status: 401, body: JSON.stringify({ error: 'invalid_client', error_description: 'secret hush is wrong' }) };
    await expect(headersFor('azure-openai', wrong)).rejects.toThrow(/^Entra gave no token for this application: 401 invalid_client$/);
    answer = { status: 200, body: JSON.stringify({ access_token: 'third', expires_in: 3_600 }) };
    expect(await headersFor('azure-openai', wrong)).toEqual({ authorization: 'Bearer third' });
  });
});

describe('a service account of Google', () => {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const key = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
  const account = JSON.stringify({ type: 'service_account', project_id: 'p', private_key_id: 'id', private_key: key, client_email: 'a@p.iam' });

  test('signs for an access token', async () => {
    heard = [];
    answer = { status: 200, body: JSON.stringify({ access_token: 'ya29.x', expires_in: 3_600, token_type: 'Bearer' }) };
    const credentials = { service_account: account, project: 'p', location: 'l' };
    expect(await headersFor('vertex', credentials)).toEqual({ authorization: 'Bearer ya29.x' });
    expect(await headersFor('vertex', credentials)).toEqual({ authorization: 'Bearer ya29.x' });
    expect(heard).toHaveLength(1);
    const [head = '', claims = '', signature = ''] = (heard[0]?.form.get('assertion') ?? '').split('.');
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toMatchObject({ iss: 'a@p.iam', scope: 'https://www.googleapis.com/auth/cloud-platform' });
    expect(createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url')).toBe(true);
  });

  test('that is no key file is refused without its text', async () => {
    await expect(headersFor('vertex', { service_account: '{not json' })).rejects.toThrow('service_account is not JSON: paste the whole key file');
  });
});

describe('AWS', () => {
  const keys = { access_key_id: 'AKIDEXAMPLE', secret_access_key: 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY' };

  /** Computed here from the description of Signature Version 4, path escaped twice. */
  function signatureOf(headers: Readonly<Record<string, string>>, secret: string): string {
    const names = (/SignedHeaders=([^,]+)/.exec(headers['authorization'] ?? '')?.[1] ?? '').split(';');
    const all: Readonly<Record<string, string>> = { ...headers, 'content-type': 'application/json', host: 'bedrock-runtime.eu-west-1.amazonaws.com' };
    const hash = (text: string): string => createHash('sha256').update(text).digest('hex');
    const canonical = ['POST', '/model/us.x-v1%253A0/converse', '', ...names.map((name) => `${name}:${all[name] ?? ''}`), '', names.join(';'), hash('{"a":1}')].join('\n');
    const date = headers['x-amz-date'] ?? '';
    const scope = `${date.slice(0, 8)}/eu-west-1/bedrock/aws4_request`;
    const signing = scope.split('/').reduce<Buffer | string>((by, part) => createHmac('sha256', by).update(part).digest(), `AWS4${secret}`);
    return createHmac('sha256', signing).update(['AWS4-HMAC-SHA256', date, scope, hash(canonical)].join('\n')).digest('hex');
  }

  test('signs with static keys, for the region in the address', async () => {
    const headers = await headersFor('aws-bedrock', keys);
    expect(headers['authorization']).toMatch(/^AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE\/\d{8}\/eu-west-1\/bedrock\/aws4_request, SignedHeaders=content-type;host;/);
    expect(/Signature=(\w+)$/.exec(headers['authorization'] ?? '')?.[1]).toBe(signatureOf(headers, keys.secret_access_key));
    expect(headers).not.toHaveProperty('host');
  });

  test('sends the token of a session along', async () => {
    expect(await headersFor('aws-bedrock', { ...keys, session_token: 'session' })).toMatchObject({ 'x-amz-security-token': 'session' });
  });

  test('an address without a region needs one', async () => {
    const call = { url: new URL('https://proxy.example.com/model/m/converse') };
    await expect(headersFor('aws-bedrock', keys, call)).rejects.toThrow('give credentials.region');
    expect((await headersFor('aws-bedrock', { ...keys, region: 'us-west-2' }, call))['authorization']).toContain('/us-west-2/bedrock/');
  });

  test('assumes a role with an external id, once', async () => {
    heard = [];
    answer = {
      status: 200,
      body: `<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials><AccessKeyId>ASIAROLE</AccessKeyId>`
        + `<SecretAccessKey>rolesecret</SecretAccessKey><SessionToken>roletoken</SessionToken><Expiration>2999-01-01T00:00:00Z</Expiration></Credentials>`
        + `</AssumeRoleResult></AssumeRoleResponse>`,
    };
    const before = process.env['AWS_ENDPOINT_URL_STS'];
    process.env['AWS_ENDPOINT_URL_STS'] = origin;
    try {
      const role = { ...keys, role_arn: 'arn:aws:iam::000000000000:role/sluice', external_id: 'ours', region: 'eu-west-1' };
      const [first, second] = [await headersFor('aws-bedrock', role), await headersFor('aws-bedrock', role)];
      expect(first['authorization']).toContain('Credential=ASIAROLE/');
      expect(second).toMatchObject({ 'x-amz-security-token': 'roletoken' });
      expect(heard).toHaveLength(1);
      expect(Object.fromEntries(heard[0]?.form ?? [])).toMatchObject({
        Action: 'AssumeRole', RoleArn: 'arn:aws:iam::000000000000:role/sluice', ExternalId: 'ours',
      });
    } finally {
      if (before === undefined) delete process.env['AWS_ENDPOINT_URL_STS'];
      else process.env['AWS_ENDPOINT_URL_STS'] = before;
    }
  });
});
