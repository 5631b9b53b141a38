/** Whether an operator may: decided before anything is read or changed. What lies in an environment that is not theirs does not exist. */
import { mayDo, mayEnter, SluiceError } from '@sluice/domain';
import type { Environment, Operator, Snapshot } from '@sluice/domain';
import type { Described } from './route.ts';

export interface Wanted {
  readonly route: Pick<Described, 'scope' | 'action' | 'names'>;
  readonly params: Readonly<Record<string, string>>;
  /** Name of an environment; null: the first that the operator may enter. */
  readonly environment: string | null;
}

/** Throws `not_found` for an environment that is unknown or not theirs, `permission_denied` for what their roles do not allow there. */
export function allow(operator: Operator, { route, params, environment: asked }: Wanted, { environments }: Snapshot): Environment {
  const entered = environments.filter(({ id }) => mayEnter(operator, id));
  const environment = asked === null ? entered[0] : entered.find(({ name }) => name === asked);
  if (route.scope === 'environment' && !environment) {
    throw new SluiceError('not_found', asked === null ? 'there is no environment that you may enter' : 'there is no such environment', { param: 'environment' });
  }
  const resource = resourceOf(route, params, environment?.id ?? '');
  if (!mayDo(operator, { action: route.action, resource })) {
    throw new SluiceError('permission_denied', `your roles do not allow ${route.action} there`);
  }
  return environment ?? NOWHERE;
}

/** Such as `environment/env_1/connections/main`. */
function resourceOf({ scope, action, names }: Wanted['route'], params: Wanted['params'], environment: string): string {
  const kind = action.slice(0, action.indexOf(':'));
  const name = names === undefined ? '' : `/${params[names] ?? ''}`;
  switch (scope) {
    case 'public': case 'own': return `own/${kind}${name}`;
    case 'environment': return `environment/${environment}/${kind}${name}`;
    case 'installation': return `installation/${kind}${name}`;
    default: return scope satisfies never;
  }
}

/** For routes that are about no environment. */
const NOWHERE: Environment = {
  id: '', workspace: '', name: '', connections: [], priorities: [], resources: [], apiKeys: [],
  settings: {
    strategy: 'weighted', retentionMs: 0, capture: 'none', batchPriority: '', directRouting: false, corsOrigins: [], webhooksAllow: [], webhooksAllowPrivate: false,
    providerKeys: false,
  },
};
