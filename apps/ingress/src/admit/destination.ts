/**
 * What the `model` of a request leads to: a resource of the key's environment or, where the environment allows it, a
 * model of a provider named directly (`provider/model`, or a bare name with a known prefix).
 */
import { SluiceError } from '@sluice/domain';
import type { ApiKey, Resource, RouteTarget } from '@sluice/domain';
import { providerOfBareModel } from '@sluice/providers/routing';
import type { EnvironmentDirectory, KeyEntry } from './directory.ts';

export interface Destination {
  /** The name the client gave. */
  readonly resource: string;
  readonly routes: readonly RouteTarget[];
  readonly fallback: readonly RouteTarget[];
  /** Null: nothing says otherwise, so the environment's own default. */
  readonly priority: string | null;
  readonly maxWaitMs: number | null;
  readonly onUnsupported: Resource['onUnsupported'];
}

/** Throws `model_not_found`, or `permission_denied` where it exists but not for this key. */
export function destinationOf(model: string, { key, home }: KeyEntry): Destination {
  const resource = home.resources.get(model);
  const destination = resource ? ofResource(resource) : directly(model, home);
  if (!destination) {
    throw new SluiceError('model_not_found', `model: no resource is named ${shown(model)}${directHint(home)}`, { param: 'model' });
  }
  if (!mayUse(key.resources, model)) {
    throw new SluiceError('permission_denied', `model: this key may not use ${shown(model)}`, { param: 'model' });
  }
  return destination;
}

const ofResource = ({ name, routes, fallback, priority, maxWaitMs, onUnsupported }: Resource): Destination =>
  ({ resource: name, routes, fallback, priority, maxWaitMs, onUnsupported });

function directly(model: string, home: EnvironmentDirectory): Destination | undefined {
  if (!home.environment.settings.directRouting) return undefined;
  const cut = model.indexOf('/');
  const named = cut > 0 && cut < model.length - 1 ? home.byProvider.get(model.slice(0, cut)) : undefined;
  const bare = named ? undefined : home.byProvider.get(providerOfBareModel(model) ?? '');
  const connections = named ?? bare;
  if (!connections) return undefined;
  const theirs = named ? model.slice(cut + 1) : model;
  const routes = connections.map(({ name }) => ({ connection: name, model: theirs, weight: 1 }));
  return { resource: model, routes, fallback: [], priority: null, maxWaitMs: null, onUnsupported: 'refuse' };
}

export const mayUse = (allowed: ApiKey['resources'], name: string): boolean => allowed.includes('*') || allowed.includes(name);

const directHint = ({ environment }: EnvironmentDirectory): string =>
  environment.settings.directRouting ? ', and no connection is of a provider of that name' : '';

/** A name of the client's making, fit for a message. */
const shown = (name: string): string => `"${name.replace(/[^\x20-\x7e]/g, '?').slice(0, 100)}"`;
