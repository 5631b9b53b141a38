/** From a claimed job to a request ready to be sent: connection, address, body, credentials. Only a token may have to be fetched. */
import type { Connection, FailureKind, Job, Route } from '@sluice/domain';
import { providers, type CallRequest, type Provider } from '@sluice/providers';
import type { Granted } from '@sluice/queue';
import { forRoute } from '@sluice/wire';
import { ownError, unsent, type Ending } from './ending.ts';
import type { Tools } from './tools.ts';

export interface Prepared {
  readonly route: Route;
  readonly connection: Connection;
  readonly provider: Provider;
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
  const cannot = (failure: FailureKind, message: string): Preparation => ({
    kind: 'cannot', ending: unsent({ kind: 'failed', failure, tryNext: 'next', error: ownError(message), usage: null }, now),
  });
  if (now >= job.deadline) return { kind: 'cannot', ending: unsent({ kind: 'cancelled', by: 'deadline', usage: null }, now) };
  const route = job.routes[granted.r];
  const connection = tools.connections.find(granted.c);
  if (!route || !connection) return cannot('not_found', 'the connection of this route is no longer configured');
  const provider = providers.get(connection.provider);
  if (!provider) return cannot('unsupported', `provider ${connection.provider} cannot be called by this release`);
  let credentials: Readonly<Record<string, string>>;
  try {
    credentials = tools.connections.credentials(connection);
  } catch (error) {
    tools.log.error({ error, connection: connection.name }, 'credentials do not open');
    return cannot('unauthorized', 'the credentials of this connection do not open');
  }
  const call = { format: 'chat', purpose: 'answer', model: route.model, stream: job.stream, headers: {}, body: forRoute(body, route.model) } as const;
  const addressed = provider.addressOf(call, { baseUrl: connection.baseUrl, credentials });
  if (!addressed) return cannot('unsupported', `provider ${connection.provider} does not speak Chat Completions`);
  let own: Readonly<Record<string, string>>;
  try {
    own = await tools.authorizer.headersFor(addressed, provider.profile, credentials);
  } catch (error) {
    tools.log.error({ error, connection: connection.name }, 'no token for this connection');
    return cannot('unauthorized', 'there is no token to be had for the credentials of this connection');
  }
  const { method, url } = addressed;
  return {
    kind: 'ready',
    prepared: {
      route, connection, provider,
      request: {
        method,
        origin: url.origin,
        path: url.pathname + url.search,
        headers: { ...addressed.headers, ...own },
        body: addressed.body,
        sendBy: granted.sb,
        limits: { ...tools.limits, wholeMs: Math.min(tools.limits.wholeMs, job.deadline - now) },
      },
    },
  };
}
