/**
 * What no route of a request can carry is refused at the door, with the field named, instead of after a place in the queue. Only where
 * every route needs a conversion is one tried here: a provider that speaks the client's own format judges for itself.
 */
import { SluiceError } from '@sluice/domain';
import type { Job } from '@sluice/domain';
import { profiles, rulesOf, spokenTo } from '@sluice/providers/profiles';

type Carried = Pick<Job, 'routes' | 'endpoint' | 'onUnsupported'>;

/** Throws `invalid_request`. `within`: before the names of fields, where the body is part of another. */
export function refuseUncarried({ routes, endpoint, onUnsupported }: Carried, body: Buffer, within = ''): void {
  let first: { readonly path: string; readonly reason: string } | undefined;
  let text: string | undefined;
  for (const { provider, model } of routes) {
    const profile = profiles.get(provider);
    // One that this release does not know is the worker's to name.
    const spoken = profile && spokenTo(profile, { endpoint, model, body });
    if (!profile || !spoken || spoken.kind === 'own') return;
    if (spoken.kind === 'none') {
      first ??= { path: 'model', reason: `${provider} does not answer ${endpoint} requests for ${model}` };
      continue;
    }
    const request = spoken.conversion.request({ text: (text ??= body.toString()), model, onUnsupported, memory: new Map(), rules: rulesOf(profile, model) });
    if (request.kind === 'converted') return;
    first ??= request;
  }
  if (!first) return;
  const param = `${within}${first.path}`;
  throw new SluiceError('invalid_request', `${param}: ${first.reason}`, { param });
}
