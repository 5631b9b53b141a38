/** Brings the database to this release and the configuration into it, before any app looks at either. */
import { randomBytes } from 'node:crypto';
import type { Logger } from '@sluice/domain';
import type { ConfigurationFile } from '@sluice/domain/configuration-file';
import { openStore, parseMasterKey } from '@sluice/store';

export interface Preparation {
  readonly databaseUrl: string;
  /** 32 bytes in base64. */
  readonly masterKey: string;
  readonly file: ConfigurationFile;
  readonly actor: string;
  /** Of the first operator; null: one is made up. */
  readonly adminPassword: string | null;
  readonly say: (line: string) => void;
}

/** Whom the operators of this installation are. `password` is told where it was made up here: nobody else knows it. */
export type FirstOperator = { readonly name: string; readonly password: string | null } | 'known';

const FIRST_OPERATOR = 'admin';

/** Repeating it changes nothing. Rejects with the reason, and then the configuration is as it was. */
export async function prepare({ databaseUrl, masterKey, file, actor, adminPassword, say }: Preparation): Promise<FirstOperator> {
  const store = await openStore({ url: databaseUrl, log: loggerOf(say), poolSize: 2 });
  try {
    const migrations = await store.migrate();
    if (migrations.length > 0) say(`database: ${migrations.length} migrations applied`);
    const { changes } = await store.reconcile(file, { masterKey: parseMasterKey(masterKey), actor });
    if (changes.length > 0) say(`configuration: ${changes.length} changes applied`);
    const madeUp = randomBytes(15).toString('base64url');
    const made = await store.admin.createFirstUser({ name: FIRST_OPERATOR, password: adminPassword ?? madeUp });
    return made ? { name: FIRST_OPERATOR, password: adminPassword === null ? madeUp : null } : 'known';
  } finally {
    await store.stop();
  }
}

/** A command speaks to a person: only what is wrong, and without its fields. */
const loggerOf = (say: (line: string) => void): Logger => ({
  debug: () => undefined,
  info: () => undefined,
  warn: (_fields, message) => say(message),
  error: (_fields, message) => say(message),
});

/** For a person who has just started it. */
export function operatorLine(first: FirstOperator): string {
  if (first === 'known') return 'as before: sign in with your own name';
  return first.password === null ? `${first.name}, with the password of SLUICE_ADMIN_PASSWORD` : `${first.name}, password ${first.password} (made up, told this once)`;
}
