/** API keys as operators make, change and end them. The key itself is told once, to whoever made it. */
import { masked } from '@sluice/domain';
import type { DeclaredApiKey } from '@sluice/domain/configuration-file';
import type { Kysely } from 'kysely';
import { apiKeyRow, digest, idOf, type Row } from '../reconcile/rows.ts';
import { type Asked, type Changed, changeRow, mustBe, mustNotBe } from './change.ts';

type Whose = Omit<Asked, 'kind' | 'name' | 'ifMatch'>;

export function createKey(db: Kysely<unknown>, whose: Whose, declared: DeclaredApiKey): Promise<Changed> {
  const { name } = declared;
  const { environmentId } = whose;
  return changeRow(db, { ...whose, kind: 'api_key', name, ifMatch: null }, (before) => {
    mustNotBe(before, 'api_key', name);
    return { action: 'created', after: { environment_id: environmentId, managed: false, id: idOf('key', environmentId, name), ...rowOf(declared) } };
  });
}

/** Everything but the key itself and its name. */
export function changeKey(db: Kysely<unknown>, asked: Omit<Asked, 'kind'>, declared: DeclaredApiKey): Promise<Changed> {
  return changeRow(db, { ...asked, kind: 'api_key' }, (row) => {
    const before = mustBe(row, 'api_key', asked.name);
    return { action: 'updated', after: { ...before, ...rowOf(declared), hash: before['hash'] ?? null, masked: before['masked'] ?? null } };
  });
}

/** Jobs, fair turns and accounts stay with the name: only the secret is another, at once. */
export function rotateKey(db: Kysely<unknown>, asked: Omit<Asked, 'kind'>, key: string): Promise<Changed> {
  return changeRow(db, { ...asked, kind: 'api_key' }, (row) => {
    const before = mustBe(row, 'api_key', asked.name);
    return { action: 'rotated', after: { ...before, hash: digest(key), masked: masked(key) } };
  });
}

export function setKeyEnabled(db: Kysely<unknown>, asked: Omit<Asked, 'kind'>, enabled: boolean): Promise<Changed> {
  return changeRow(db, { ...asked, kind: 'api_key' }, (row) => (
    { action: enabled ? 'enabled' : 'disabled', after: { ...mustBe(row, 'api_key', asked.name), enabled } }));
}

export function deleteKey(db: Kysely<unknown>, asked: Omit<Asked, 'kind'>): Promise<Changed> {
  return changeRow(db, { ...asked, kind: 'api_key' }, (row) => {
    mustBe(row, 'api_key', asked.name);
    return { action: 'deleted', after: null };
  });
}

const rowOf = (declared: DeclaredApiKey): Row => apiKeyRow(declared);
