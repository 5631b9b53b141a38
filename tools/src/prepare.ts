/** Brings the database to this release and the configuration into it, before any app looks at either. */
import type { Logger } from '@sluice/domain';
import type { ConfigurationFile } from '@sluice/domain/configuration-file';
import { openStore, parseMasterKey } from '@sluice/store';

export interface Preparation {
  readonly databaseUrl: string;
  /** 32 bytes in base64. */
  readonly masterKey: string;
  readonly file: ConfigurationFile;
  readonly actor: string;
  readonly say: (line: string) => void;
}

/** Repeating it changes nothing. Rejects with the reason, and then the configuration is as it was. */
export async function prepare({ databaseUrl, masterKey, file, actor, say }: Preparation): Promise<void> {
  const store = await openStore({ url: databaseUrl, log: loggerOf(say), poolSize: 2 });
  try {
    const migrations = await store.migrate();
    if (migrations.length > 0) say(`database: ${migrations.length} migrations applied`);
    const { changes } = await store.reconcile(file, { masterKey: parseMasterKey(masterKey), actor });
    if (changes.length > 0) say(`configuration: ${changes.length} changes applied`);
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
