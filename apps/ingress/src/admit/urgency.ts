/** Which priority a request gets: the one asked for, the one its service tier means, or the resource's own. */
import { SluiceError } from '@sluice/domain';
import type { ApiKey, Priority } from '@sluice/domain';
import { mayUse } from './destination.ts';
import type { EnvironmentDirectory } from './directory.ts';

export interface UrgencyQuestion {
  readonly asked: string | null;
  readonly askedParam: string | null;
  readonly serviceTier: string | null;
  /** Null: the environment's first that is not for batches. */
  readonly ofResource: string | null;
}

export interface Urgency {
  readonly priority: Priority;
  readonly warnings: readonly string[];
}

/** Throws `invalid_request` for a priority that does not exist, `permission_denied` for one this key may not use. */
export function urgencyOf({ asked, askedParam, serviceTier, ofResource }: UrgencyQuestion, key: ApiKey, home: EnvironmentDirectory): Urgency {
  if (asked !== null) {
    const param = askedParam ?? 'sluice.priority';
    const priority = home.priorities.get(asked);
    if (!priority) throw new SluiceError('invalid_request', `${param}: there is no such priority; there are ${[...home.priorities.keys()].join(', ')}`, { param });
    if (!mayUse(key.priorities, priority.name)) throw new SluiceError('permission_denied', `${param}: this key may not use the priority ${priority.name}`, { param });
    return { priority, warnings: [] };
  }
  const own = nearestAllowed(ofResource, key, home);
  const meant = tierPriority(serviceTier, home);
  if (!meant) return { priority: own, warnings: [] };
  if (mayUse(key.priorities, meant.name)) return { priority: meant, warnings: [] };
  return { priority: own, warnings: [`service_tier: this key may not use the priority ${meant.name}`] };
}

/** The resource's priority or, where this key may not use it, the next less urgent one that it may. */
function nearestAllowed(ofResource: string | null, key: ApiKey, home: EnvironmentDirectory): Priority {
  const { priorities, settings } = home.environment;
  const normal = priorities.filter(({ name }) => name !== settings.batchPriority);
  const start = ofResource === null ? normal[Math.floor(normal.length / 2)] : home.priorities.get(ofResource);
  const from = priorities.findIndex(({ name }) => name === start?.name);
  const found = priorities.slice(Math.max(0, from)).find(({ name }) => mayUse(key.priorities, name));
  if (!found) throw new SluiceError('permission_denied', 'this key may use no priority that serves this model', { param: 'model' });
  return found;
}

/** OpenAI's and Anthropic's words for urgency. Tiers that say nothing about it, or that we do not know, mean nothing here. */
function tierPriority(tier: string | null, { environment }: EnvironmentDirectory): Priority | undefined {
  const { priorities, settings } = environment;
  if (tier === 'priority' || tier === 'fast') return priorities[0];
  if (tier === 'flex') return priorities.findLast(({ name }) => name !== settings.batchPriority);
  return undefined;
}
