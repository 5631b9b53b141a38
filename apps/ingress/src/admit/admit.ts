/** From a validated request to a job: everything that is decided at the door, without asking anyone. */
import type { IncomingHttpHeaders } from 'node:http';
import { jobWebhookUrl, SluiceError } from '@sluice/domain';
import type { Endpoint, Job, Learned, Route, RouteTarget } from '@sluice/domain';
import { estimate } from '@sluice/scheduling';
import { REQUEST_FORMATS } from '@sluice/wire';
import type { AskedRequest } from '@sluice/wire';
import { PROVIDER_KEY, readAsked } from './asked.ts';
import type { Asked } from './asked.ts';
import { destinationOf } from './destination.ts';
import type { Destination } from './destination.ts';
import type { KeyEntry } from './directory.ts';
import { holdOf } from './hold.ts';
import type { Keeping } from './keeping.ts';
import { orderRoutes } from './routes.ts';
import { scopesOf } from './scopes.ts';
import { urgencyOf } from './urgency.ts';

export interface Application {
  readonly id: string;
  readonly caller: KeyEntry;
  readonly headers: IncomingHttpHeaders;
  /** Of the other end of the socket. */
  readonly remoteAddress?: string | undefined;
  readonly endpoint: Endpoint;
  readonly request: AskedRequest;
  /** The `sluice` object that stands beside the body of a job; there: it came by `POST /v1/jobs`. */
  readonly beside?: unknown;
  readonly isJob?: boolean;
  readonly bodyBytes: number;
  readonly fingerprint: string;
  /** Epoch ms of Redis. */
  readonly now: number;
  readonly learned: (connection: string, model: string) => Learned | undefined;
  /** Absent: keys of callers are not offered here. */
  readonly sealKey?: SealKey | undefined;
  /** Default: none is. */
  readonly isCircuitOpen?: (connection: string, model: string) => boolean;
}

/** Seals a key for one job. */
export type SealKey = (key: string, job: string) => string;

export interface Admission {
  readonly job: Job;
  readonly keeping: Keeping;
  readonly warnings: readonly string[];
  /** `102 Processing` is sent while the call is held. */
  readonly processing: boolean;
}

/** Throws `invalid_request`, `model_not_found` or `permission_denied`. */
export function admit(application: Application): Admission {
  const { id, caller, headers, endpoint, request, bodyBytes, fingerprint, now } = application;
  const { key, home } = caller;
  const { environment } = home;
  const asked = readAsked({
    headers, body: request.body, stream: request.stream && !application.isJob, now, providerKeys: environment.settings.providerKeys,
    ...(application.beside === undefined ? {} : { beside: application.beside }),
  });
  const keeping: Keeping = application.isJob ? { ...asked.keeping, mode: 'async' } : asked.keeping;
  const isAsync = keeping.mode === 'async';
  if (keeping.webhook) jobWebhookUrl(keeping.webhook.url, environment.settings);
  const destination = destinationOf(request.model, caller);
  const urgency = urgencyOf(
    { asked: asked.priority, askedParam: asked.priorityParam, serviceTier: request.serviceTier, ofResource: destination.priority }, key, home,
  );
  const routes = routesOf(application, asked, destination);
  const sealed = asked.providerKey === null ? {} : { providerKey: sealedKey(application, asked.providerKey, keeping) };
  const textBytes = REQUEST_FORMATS[endpoint].weigh(request.body, bodyBytes);
  const first = routes[0];
  const cost = estimate(
    { bodyBytes: textBytes, maximumOutputTokens: request.maximumOutputTokens, choices: request.choices },
    first && application.learned(first.connection, first.model),
  );
  const hold = holdOf({
    headers, stream: request.stream, now, deadline: asked.deadline, outputTokens: cost.outputTokens, async: isAsync,
    maxWaitMs: asked.maxWaitMs ?? (isAsync ? null : destination.maxWaitMs),
  });
  const scopes = scopesOf({ caller, resource: destination.resource, remoteAddress: application.remoteAddress });
  const job: Job = {
    v: 1, id, workspace: environment.workspace, environment: environment.id, apiKey: key.id, tenant: key.id, weight: key.weight,
    resource: destination.resource, priority: urgency.priority.name, rank: urgency.priority.rank, endpoint, mode: keeping.mode,
    stream: request.stream, resumable: isAsync || keeping.resume, ...(isKept(keeping) ? { kept: { generation: 0 } } : {}), routes, onUnsupported: destination.onUnsupported, ...sealed,
    createdAt: now, startBy: hold.startBy, deadline: hold.deadline, estimate: cost, bodyBytes, ...(textBytes === bodyBytes ? {} : { textBytes }), fingerprint,
    ...clientHeadersOf(headers), correlationId: asked.correlationId, tags: asked.tags, metadata: asked.metadata, capture: environment.settings.capture,
    ...(scopes.length > 0 && { scopes }),
  };
  return { job, keeping, warnings: [...asked.warnings, ...urgency.warnings], processing: hold.processing };
}

/** Headers that mean something to one provider or another; which of them a call takes along is its provider's to say. */
const CLIENT_HEADERS = ['anthropic-beta', 'openai-beta', 'http-referer', 'x-title'];
const LONGEST_HEADER = 1_024;

function clientHeadersOf(headers: IncomingHttpHeaders): Pick<Job, 'clientHeaders'> {
  const given = CLIENT_HEADERS.flatMap((name) => {
    const value = headers[name];
    return typeof value === 'string' && value !== '' && value.length <= LONGEST_HEADER ? [[name, value] as const] : [];
  });
  return given.length > 0 ? { clientHeaders: Object.fromEntries(given) } : {};
}

/** A secret of the caller's lives as long as its call: what outlives that is refused. */
function sealedKey({ id, sealKey }: Application, key: string, keeping: Keeping): string {
  const wrong = (what: string) => new SluiceError('invalid_request', `${PROVIDER_KEY}: ${what}`, { param: PROVIDER_KEY });
  if (isKept(keeping)) throw wrong('a key is not kept: only calls that are answered at once may bring one, without webhook, resume or idempotency key');
  if (!sealKey) throw wrong('keys of callers are not offered here: SLUICE_MASTER_KEY of the ingress is not set');
  return sealKey(key, id);
}

/** What is to outlive this connection has a row in Postgres. */
const isKept = ({ mode, resume, webhook, idempotencyKey }: Keeping): boolean =>
  mode === 'async' || resume || webhook !== null || idempotencyKey !== null;

function routesOf({ id, caller, isCircuitOpen = () => false }: Application, asked: Asked, { routes, fallback, resource }: Destination): readonly Route[] {
  const chosen = asked.route === null ? null : chosenRoute(asked, [...routes, ...fallback], caller);
  const ordered = orderRoutes({ job: id, routes, fallback, connections: caller.home.connections, chosen, isCircuitOpen, mayFallBack: asked.fallback });
  const [first] = ordered;
  if (!first) throw new SluiceError('model_not_found', `model: ${resource} has no connection`, { param: 'model' });
  // A key of the caller's is for one provider: no other is shown it.
  return asked.providerKey === null ? ordered : ordered.filter(({ provider }) => provider === first.provider);
}

function chosenRoute({ route, routeParam }: Asked, targets: readonly RouteTarget[], { key }: KeyEntry): RouteTarget {
  const param = routeParam ?? 'sluice.route';
  if (!key.mayChooseRoute) throw new SluiceError('permission_denied', `${param}: this key may not choose a route`, { param });
  const found = typeof route === 'number'
    ? targets[route]
    : targets.find(({ connection, model }) => `${connection}/${model}` === route) ?? targets.find(({ connection }) => connection === route);
  if (!found) throw new SluiceError('invalid_request', `${param}: the resource has no such route`, { param });
  return found;
}
