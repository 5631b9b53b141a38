/** From a claimed job to a request ready to be sent: connection, credentials, body. Nothing here touches the provider. */
import type { Connection, FailureKind, Job, Route } from '@sluice/domain';
import { callersCredentials, providers, type Addressed, type CallRequest, type Credentials, type Provider } from '@sluice/providers';
import type { Granted } from '@sluice/queue';
import type { Answering } from './answering.ts';
import { ownError, unsent, type Ending } from './ending.ts';
import { speak } from './speak.ts';
import type { Tools } from './tools.ts';

export interface Prepared {
  readonly route: Route;
  readonly connection: Connection;
  readonly provider: Provider;
  readonly answering: Answering;
  /** What of the request could not be said. */
  readonly warnings: readonly string[];
  /** All of the call but what gives it up. */
  readonly request: Omit<CallRequest, 'signal'>;
}

export type Preparation =
  | { readonly kind: 'ready'; readonly prepared: Prepared }
  | { readonly kind: 'cannot'; readonly ending: Ending };

interface Claimed {
  readonly job: Job;
  readonly body: Buffer;
}

export async function prepare(tools: Tools, granted: Granted, { job, body }: Claimed): Promise<Preparation> {
  const now = tools.now();
  if (now >= job.deadline) return { kind: 'cannot', ending: unsent({ kind: 'cancelled', by: 'deadline', usage: null }, now) };
  const route = job.routes[granted.r];
  const connection = tools.connections.find(granted.c);
  if (!route || !connection) return cannot(now, 'not_found', 'the connection of this route is no longer configured');
  const provider = providers.get(connection.provider);
  if (!provider) return cannot(now, 'unsupported', `provider ${connection.provider} cannot be called by this release`);
  const speech = await speak(tools, provider.profile, { job, body, model: route.model });
  if (speech.kind === 'cannot') return cannot(now, 'unsupported', speech.reason, speech.param);
  const account = openAccount(tools, { connection, provider, job });
  if (!account) return cannot(now, 'unauthorized', 'the credentials of this connection do not open');
  const { format, answering, warnings } = speech;
  const place = { baseUrl: connection.baseUrl, credentials: account };
  const headers = headersFor(provider.profile, job);
  const call = provider.addressOf({ format, purpose: 'answer', model: route.model, stream: job.stream, body: speech.body, headers }, place);
  if (!call) return cannot(now, 'unsupported', `provider ${connection.provider} is not spoken to in ${format}`);
  const authorization = await authorize(tools, { call, provider, account, connection });
  if (!authorization) return cannot(now, 'unauthorized', 'no token for this connection is to be had');
  return {
    kind: 'ready',
    prepared: {
      route, connection, provider, answering, warnings,
      request: {
        method: call.method,
        origin: call.url.origin,
        path: call.url.pathname + call.url.search,
        headers: { ...call.headers, ...authorization },
        body: call.body,
        sendBy: granted.sb,
        limits: { ...tools.limits, wholeMs: Math.min(tools.limits.wholeMs, job.deadline - now) },
      },
    },
  };
}

/** Of the client's headers, those that mean something to this provider. */
function headersFor({ clientHeaders = [] }: Provider['profile'], job: Job): Readonly<Record<string, string>> {
  const given = Object.entries(job.clientHeaders ?? {});
  return Object.fromEntries(given.filter(([name]) => clientHeaders.includes(name)));
}

/** `param`: the field of the request that stands in the way. */
const cannot = (now: number, failure: FailureKind, message: string, param?: string): Preparation => ({
  kind: 'cannot',
  ending: unsent({ kind: 'failed', failure, tryNext: 'next', error: ownError(message), usage: null, ...(param === undefined ? {} : { param }) }, now),
});

interface Opening {
  readonly connection: Connection;
  readonly provider: Provider;
  readonly job: Job;
}

function openAccount(tools: Tools, { connection, provider, job }: Opening): Credentials | undefined {
  try {
    const ours = tools.connections.credentials(connection);
    return job.providerKey === undefined ? ours : callersCredentials(provider.profile, ours, tools.connections.callersKey(job.providerKey, job.id));
  } catch (error) {
    tools.log.error({ error, connection: connection.name }, 'credentials do not open');
    return undefined;
  }
}

interface Authorizing {
  readonly call: Addressed;
  readonly provider: Provider;
  readonly account: Readonly<Record<string, string>>;
  readonly connection: Connection;
}

async function authorize(tools: Tools, { call, provider, account, connection }: Authorizing): Promise<Readonly<Record<string, string>> | undefined> {
  try {
    return await tools.authorizer.headersFor(call, provider.profile, account);
  } catch (error) {
    tools.log.error({ error, connection: connection.name }, 'a call cannot be authorized');
    return undefined;
  }
}
