/** The secrets that sign what goes to an endpoint, opened at the moment of use. */
import { newWebhookSecret } from '@sluice/domain';
import { type ClaimedEndpoint, open, seal } from '@sluice/store';
import type { Serving } from './serve-endpoint.ts';

/** Of its own where it has any, else its environment's, which is made when it is first needed. */
export async function signingSecrets(
  { id, environmentId, secrets, environmentSecrets }: ClaimedEndpoint, { webhooks, masterKey }: Pick<Serving, 'webhooks' | 'masterKey'>,
): Promise<readonly string[]> {
  if (secrets.length > 0) return secrets.map((sealed) => open(sealed, masterKey, id));
  const sealed = environmentSecrets.length > 0
    ? environmentSecrets
    : [await webhooks.fixEnvironmentSecret(environmentId, seal(newWebhookSecret(), masterKey, environmentId))];
  return sealed.map((one) => open(one, masterKey, environmentId));
}
