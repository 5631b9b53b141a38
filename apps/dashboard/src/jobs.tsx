/** Jobs: found by anything that is known of them; what is asked for stands in the address. */
import { useInfiniteQuery } from '@tanstack/react-query';
import type { FormEvent } from 'react';
import { ask, type Job } from './api.tsx';
import type { Here } from './app.tsx';
import { Ago, count, duration, Empty, Problem, State } from './parts.tsx';
import { go, hrefTo, Link, usePlace } from './place.tsx';

const FIELDS = [['resource', 'Resource'], ['connection', 'Connection'], ['priority', 'Priority'], ['key', 'Key'], ['tag', 'Tag'], ['correlation_id', 'Correlation id'], ['error', 'Error holds']] as const;
const STATES = ['queued', 'running', 'completed', 'failed', 'cancelled', 'expired'];
const EVERY_MS = 5_000;

interface Page {
  readonly data: readonly Job[];
  readonly has_more: boolean;
  readonly last_id: string | null;
}

export function Jobs({ here }: { readonly here: Here }) {
  const { query } = usePlace();
  const asked = Object.fromEntries(['state', ...FIELDS.map(([name]) => name)].map((name) => [name, query.get(name) ?? undefined]));
  const jobs = useInfiniteQuery({
    queryKey: ['jobs', here.environment, asked], initialPageParam: undefined as string | undefined, refetchInterval: EVERY_MS,
    queryFn: ({ pageParam }) => ask<Page>('/jobs', { query: { environment: here.environment, ...asked, after: pageParam } }),
    getNextPageParam: ({ has_more: hasMore, last_id: lastId }) => (hasMore ? lastId ?? undefined : undefined),
  });
  const submit = (event: FormEvent<HTMLFormElement>): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    go(hrefTo('/jobs', Object.fromEntries([...form].map(([name, value]) => [name, String(value).trim()]))));
  };
  const found = jobs.data?.pages.flatMap(({ data }) => data);
  return (
    <>
      <h1>Jobs</h1>
      <form className="search" onSubmit={submit} key={query.toString()}>
        <label>State <select name="state" defaultValue={asked['state'] ?? ''}><option value="">any</option>{STATES.map((state) => <option key={state}>{state}</option>)}</select></label>
        {FIELDS.map(([name, title]) => <label key={name}>{title} <input name={name} defaultValue={asked[name] ?? ''} /></label>)}
        <button type="submit">Find</button>
      </form>
      <Problem error={jobs.error} />
      {found?.length === 0 ? <Empty>No job is like that. Calls that wait or run are found by their state; others once they are over.</Empty> : null}
      {found && found.length > 0 ? <Table jobs={found} /> : null}
      {jobs.hasNextPage ? <button type="button" disabled={jobs.isFetchingNextPage} onClick={() => void jobs.fetchNextPage()}>Older ones</button> : null}
    </>
  );
}

const Table = ({ jobs }: { readonly jobs: readonly Job[] }) => (
  <div className="wide">
    <table>
      <thead><tr><th>Job</th><th>State</th><th className="n">Age</th><th>Resource</th><th>Priority</th><th>Key</th><th>Connection</th><th className="n">Took</th><th className="n">Tokens</th><th>Error</th></tr></thead>
      <tbody>
        {jobs.map((job) => (
          <tr key={job.id}>
            <td><Link to={hrefTo(`/jobs/${job.id}`)}>{job.id.slice(0, 4)}…{job.id.slice(-6)}</Link></td><td><State of={job.state} /></td><td className="n"><Ago at={job.created_at} /></td>
            <td>{job.resource}</td><td>{job.priority}</td><td>{job.key}</td><td>{job.connection ?? '–'}</td>
            <td className="n">{duration(job.ended_at === null ? null : job.ended_at - job.created_at)}</td>
            <td className="n">{job.input_tokens === null ? '–' : count(job.input_tokens + (job.output_tokens ?? 0))}</td><td>{job.error?.code ?? ''}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
