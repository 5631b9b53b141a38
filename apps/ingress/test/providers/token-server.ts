/** Whoever gives tokens for credentials (Entra, Google, AWS' STS), at one local address; each looks at what it is shown. */
import { createVerify, generateKeyPairSync } from 'node:crypto';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';

export interface TokenServer {
  readonly origin: string;
  /** A key file of Google's, for an account that it knows. */
  readonly googleAccount: string;
  /** What was asked for, by whom: `entra`, `google`, `sts`, in order. */
  readonly asked: readonly string[];
  stop(): Promise<void>;
}

export const ENTRA = { tenant_id: 'tenant-of-the-test', client_id: 'application', client_secret: 'entra-secret-9f2c' };
export const ROLE = { role_arn: 'arn:aws:iam::000000000000:role/models', external_id: 'agreed-upon' };
/** The tokens that they give. */
export const GIVEN = { entra: 'token-of-entra', google: 'ya29.of-an-account', sts: { id: 'ASIALENT', secret: 'lent-for-an-hour', sessionToken: 'session-of-the-role' } };

interface Reply {
  readonly status: number;
  readonly body: string;
}

const json = (status: number, body: object): Reply => ({ status, body: JSON.stringify(body) });

/** `mayAssume`: the id of the key that may assume the role. */
export async function startTokenServer(mayAssume: string): Promise<TokenServer> {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2_048 });
  const account = { type: 'service_account', project_id: 'test-project', private_key_id: 'id', client_email: 'models@test-project.iam', client_id: '1' };
  const asked: string[] = [];

  const entra = (path: string, form: URLSearchParams): Reply => {
    const isKnown = path === `/${ENTRA.tenant_id}/oauth2/v2.0/token` && form.get('client_id') === ENTRA.client_id && form.get('client_secret') === ENTRA.client_secret;
    const isRight = form.get('grant_type') === 'client_credentials' && form.get('scope') === 'https://cognitiveservices.azure.com/.default';
    return isKnown && isRight ? json(200, { access_token: GIVEN.entra, expires_in: 3_600 }) : json(401, { error: 'invalid_client' });
  };
  const google = (form: URLSearchParams): Reply => {
    const [head = '', claims = '', signature = ''] = (form.get('assertion') ?? '').split('.');
    const isSigned = createVerify('RSA-SHA256').update(`${head}.${claims}`).verify(publicKey, signature, 'base64url');
    return isSigned ? json(200, { access_token: GIVEN.google, expires_in: 3_600, token_type: 'Bearer' }) : json(401, { error: 'invalid_grant' });
  };
  const sts = (req: IncomingMessage, form: URLSearchParams): Reply => {
    const isRight = form.get('Action') === 'AssumeRole' && form.get('RoleArn') === ROLE.role_arn && form.get('ExternalId') === ROLE.external_id;
    const isAllowed = req.headers.authorization?.includes(`Credential=${mayAssume}/`) === true;
    return isRight && isAllowed ? { status: 200, body: assumed() } : { status: 403, body: '<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>' };
  };

  const server = createServer((req, res) => {
    void text(req).then((body) => {
      const form = new URLSearchParams(body);
      const path = req.url ?? '';
      const who = path.includes('/oauth2/') ? 'entra' : path === '/token' ? 'google' : 'sts';
      asked.push(who);
      const reply = who === 'entra' ? entra(path, form) : who === 'google' ? google(form) : sts(req, form);
      res.writeHead(reply.status, { 'content-type': who === 'sts' ? 'text/xml' : 'application/json' }).end(reply.body);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // it listens on a port
    googleAccount: JSON.stringify({ ...account, private_key: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() }),
    asked,
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

const assumed = (): string => '<AssumeRoleResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleResult><Credentials>'
  + `<AccessKeyId>${GIVEN.sts.id}</AccessKeyId><SecretAccessKey>${GIVEN.sts.secret}</SecretAccessKey><SessionToken>${GIVEN.sts.sessionToken}</SessionToken>`
  + '<Expiration>2999-01-01T00:00:00Z</Expiration></Credentials></AssumeRoleResult></AssumeRoleResponse>';
