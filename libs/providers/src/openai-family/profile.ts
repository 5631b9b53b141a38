import type { Profile } from '../provider.ts';

/** What the family shares: a key after `Bearer`. */
export const BEARER_KEY: Profile['credentialHeaders'] = [{ credential: 'api_key', header: 'authorization', bearer: true }];
