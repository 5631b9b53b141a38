/** `store.admin`: what each promises is told where it is written. */
import type { UsageQuestion } from '@sluice/domain';
import type { DeclaredApiKey } from '@sluice/domain/configuration-file';
import type { Kysely } from 'kysely';
import { recordEvents } from '../reconcile/written.ts';
import type { Asked, Changing } from './change.ts';
import { configuredRows, useOfKeys } from './configured.ts';
import { changeConnection, type ConnectionState, createConnection, deleteConnection, setConnectionState } from './connections.ts';
import { type EventQuestion, listEvents } from './events.ts';
import { changeKey, createKey, deleteKey, rotateKey, setKeyEnabled } from './keys.ts';
import { changePriority, type Shares } from './priorities.ts';
import { findJob, type JobQuestion, searchJobs } from './search-jobs.ts';
import {
  createToken, type Credentials, deleteToken, listTokens, operatorOfSession, operatorOfToken, signIn, signOut,
} from './sign-in.ts';
import { usage } from './usage.ts';
import { changeUser, createFirstUser, createUser, deleteUser, listUsers, type NewUser, type UserChange } from './users.ts';

export type AdminVerbs = ReturnType<typeof adminVerbs>;

type Named = Omit<Asked, 'kind'>;
type Declared = Parameters<typeof createConnection>[2];

export function adminVerbs(db: Kysely<unknown>) {
  return {
    ...operatorVerbs(db),
    configured: (environmentId: string) => configuredRows(db, environmentId),
    useOfKeys: (environmentId: string, from: number) => useOfKeys(db, environmentId, from),
    setConnectionState: (whose: Changing & { readonly name: string }, to: ConnectionState) => setConnectionState(db, whose, to),
    createConnection: (whose: Changing, declared: Declared) => createConnection(db, whose, declared),
    changeConnection: (asked: Named, declared: Declared) => changeConnection(db, asked, declared),
    deleteConnection: (asked: Named) => deleteConnection(db, asked),
    changePriority: (asked: Named, change: Partial<Shares>) => changePriority(db, asked, change),
    createKey: (whose: Changing, declared: DeclaredApiKey) => createKey(db, whose, declared),
    changeKey: (asked: Named, declared: DeclaredApiKey) => changeKey(db, asked, declared),
    rotateKey: (asked: Named, key: string) => rotateKey(db, asked, key),
    setKeyEnabled: (asked: Named, enabled: boolean) => setKeyEnabled(db, asked, enabled),
    deleteKey: (asked: Named) => deleteKey(db, asked),
    searchJobs: (question: JobQuestion) => searchJobs(db, question),
    findJob: (question: Parameters<typeof findJob>[1]) => findJob(db, question),
    usage: (question: UsageQuestion) => usage(db, question),
    events: (question: EventQuestion) => listEvents(db, question),
    record: (events: Parameters<typeof recordEvents>[1], by: Parameters<typeof recordEvents>[2]) => recordEvents(db, events, by),
  };
}

const operatorVerbs = (db: Kysely<unknown>) => ({
  signIn: (credentials: Credentials) => signIn(db, credentials),
  signOut: (session: string) => signOut(db, session),
  operatorOfSession: (session: string) => operatorOfSession(db, session),
  operatorOfToken: (token: string) => operatorOfToken(db, token),
  tokens: (userId: string) => listTokens(db, userId),
  createToken: (whose: Parameters<typeof createToken>[1]) => createToken(db, whose),
  deleteToken: (whose: Parameters<typeof deleteToken>[1]) => deleteToken(db, whose),
  users: () => listUsers(db),
  createFirstUser: (user: Parameters<typeof createFirstUser>[1]) => createFirstUser(db, user),
  createUser: (user: NewUser, actor: string) => createUser(db, user, actor),
  changeUser: (change: Parameters<typeof changeUser>[1] & { readonly change: UserChange }, actor: string) => changeUser(db, change, actor),
  deleteUser: (name: string, actor: string) => deleteUser(db, name, actor),
});
