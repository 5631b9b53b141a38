/** What every change of configuration has in common: whose it is, what was seen before it, and who is told of it. */
import { SluiceError } from '@sluice/domain';
import type { Changed } from '@sluice/store';
import type { AdminParts } from './parts.ts';
import { json, type Asked, type None } from './route.ts';
import { changeObject } from './shown.ts';

type AnyAsked = Pick<Asked<None, unknown>, 'environment' | 'operator' | 'dryRun' | 'params' | 'ifMatch'>;

export const whose = ({ environment, operator, dryRun }: AnyAsked) => ({ environmentId: environment.id, actor: operator.name, dryRun });
export const named = (asked: AnyAsked) => ({ ...whose(asked), name: asked.params['name'] ?? '', ifMatch: mustMatch(asked.ifMatch) });

/** Whoever changes what others may change as well says what they have seen. `*`: whatever it is now. */
function mustMatch(ifMatch: string | null): string | null {
  if (ifMatch === null) throw new SluiceError('invalid_request', 'if-match: the etag that you have read is needed, or * for whatever it is now', { param: 'if-match' });
  return ifMatch === '*' ? null : ifMatch;
}

/** Tells every process, and answers when this one has it. */
export async function told(change: Changed, { dryRun }: Pick<AnyAsked, 'dryRun'>, { changed }: Pick<AdminParts, 'changed'>) {
  if (!dryRun) await changed(change.version);
  return json(changeObject(change, dryRun), 200, change.etag === null ? {} : { etag: change.etag });
}

export function masterKeyOf({ masterKey }: Pick<AdminParts, 'masterKey'>): Uint8Array {
  if (!masterKey) throw new SluiceError('unavailable', 'this ingress cannot seal secrets: start it with SLUICE_MASTER_KEY');
  return masterKey;
}
