/** Who is signed in decides what is seen: the door, or the pages. */
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ask, Refused, type Session } from './api.tsx';
import { Connections } from './connections.tsx';
import { OneJob } from './job.tsx';
import { Jobs } from './jobs.tsx';
import { Problem } from './parts.tsx';
import { go, hrefTo, Link, usePlace } from './place.tsx';
import { Queues } from './queues.tsx';
import { SignIn } from './sign-in.tsx';

/** What a page may do, and where. */
export interface Here {
  readonly session: Session;
  readonly environment: string;
  /** By the roles that the operator has there. */
  readonly mayAct: boolean;
}

export function App() {
  const session = useQuery({ queryKey: ['session'], queryFn: () => ask<Session>('/session') });
  if (session.data) return <Pages session={session.data} />;
  if (session.error instanceof Refused && session.error.status === 401) return <SignIn />;
  return <main><Problem error={session.error} />{session.isPending ? <p>…</p> : null}</main>;
}

const PAGES = [['/', 'Queues'], ['/connections', 'Connections'], ['/jobs', 'Jobs']] as const;

function Pages({ session }: { readonly session: Session }) {
  const { path, query } = usePlace();
  const client = useQueryClient();
  const asked = query.get('environment');
  const environment = session.environments.find(({ name }) => name === asked) ?? (asked === null ? session.environments[0] : undefined);
  const signOut = async (): Promise<void> => {
    await ask('/session', { method: 'DELETE', csrf: session.csrf_token });
    client.clear();
    await client.invalidateQueries();
    window.location.assign('/dashboard/');
  };
  return (
    <>
      <header>
        <strong>Sluice</strong>
        <nav aria-label="Pages">
          {PAGES.map(([to, name]) => <Link key={to} to={hrefTo(to)} current={to === '/' ? path === '/' : path.startsWith(to)}>{name}</Link>)}
        </nav>
        {session.environments.length > 1 ? (
          <label className="quiet">environment <select value={environment?.name ?? ''} onChange={(event) => go(`${path}?${new URLSearchParams({ environment: event.target.value })}`)}>
            {session.environments.map(({ name }) => <option key={name}>{name}</option>)}
          </select></label>
        ) : null}
        <span className="who">{session.name} <button type="button" onClick={() => void signOut()}>Sign out</button></span>
      </header>
      <main>
        {environment
          ? <Page path={path} here={{ session, environment: environment.name, mayAct: environment.roles.some((role) => role !== 'viewer') }} />
          : <p role="alert">There is no environment {asked} that you may enter.</p>}
      </main>
    </>
  );
}

function Page({ path, here }: { readonly path: string; readonly here: Here }) {
  if (path === '/') return <Queues here={here} />;
  if (path === '/connections') return <Connections here={here} />;
  if (path === '/jobs') return <Jobs here={here} />;
  const job = /^\/jobs\/([^/]+)$/.exec(path)?.[1];
  return job === undefined ? <p role="alert">There is nothing here.</p> : <OneJob here={here} id={decodeURIComponent(job)} />;
}
