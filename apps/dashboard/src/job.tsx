/** One job: what it is, its attempts, what its callers were told, and why it waits. */
import { useMutation, useQuery, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { ask, type Attempt, type WholeJob } from './api.tsx';
import type { Here } from './app.tsx';
import { Ago, Ask, count, duration, Problem, State } from './parts.tsx';

const EVERY_MS = 2_000;

export function OneJob({ here, id }: { readonly here: Here; readonly id: string }) {
  const client = useQueryClient();
  const [asking, setAsking] = useState(false);
  const query = { environment: here.environment };
  const job = useQuery({ queryKey: ['job', id], queryFn: () => ask<WholeJob>(`/jobs/${encodeURIComponent(id)}`, { query }), refetchInterval: EVERY_MS });
  const cancel = useMutation({
    mutationFn: () => ask(`/jobs/${encodeURIComponent(id)}/cancel`, { method: 'POST', body: {}, csrf: here.session.csrf_token, query }),
    onSettled: () => { setAsking(false); return client.invalidateQueries({ queryKey: ['job', id] }); },
  });
  const found = job.data;
  return (
    <>
      <h1>{id} {found ? <State of={found.state} /> : null}</h1>
      <Problem error={job.error ?? cancel.error} />
      {found ? <Told job={found} /> : null}
      {found && here.mayAct && (found.state === 'queued' || found.state === 'running') ? <button type="button" className="danger" onClick={() => setAsking(true)}>Cancel…</button> : null}
      {asking ? <Ask title="Cancel this job?" does="Cancel it" onYes={() => cancel.mutate()} onNo={() => setAsking(false)}><p>Its caller is told that an operator cancelled it.</p></Ask> : null}
    </>
  );
}

function Told({ job }: { readonly job: WholeJob }) {
  const facts = [
    ['Resource', job.resource], ['Priority', job.priority], ['Key', job.key], ['Connection', job.connection], ['Model', job.model], ['Mode', job.mode],
    ['Tokens', job.input_tokens === null ? null : `${count(job.input_tokens)} in, ${count(job.output_tokens)} out`], ['Correlation id', job.correlation_id], ['Tags', job.tags.join(', ')],
  ] as const;
  return (
    <>
      {job.explanation ? <p className="warning">{job.explanation.text}</p> : null}
      {job.error ? <p className="problem">{job.error.code}{job.error.message === null ? '' : `: ${job.error.message}`}</p> : null}
      <dl>
        <div><dt>Accepted</dt><dd><Ago at={job.created_at} /> ago</dd></div>
        {job.ended_at === null ? null : <div><dt>Took</dt><dd>{duration(job.ended_at - job.created_at)}</dd></div>}
        {facts.map(([name, value]) => (value ? <div key={name}><dt>{name}</dt><dd>{value}</dd></div> : null))}
      </dl>
      {job.attempts_made.length > 0 ? <Attempts attempts={job.attempts_made} /> : null}
      {job.deliveries.map(({ event_id: event, type, state, tries }) => <p key={event}>{type}: {state} after {tries} tries</p>)}
    </>
  );
}

const Attempts = ({ attempts }: { readonly attempts: readonly Attempt[] }) => (
  <div className="wide">
    <table>
      <thead><tr><th className="n">Attempt</th><th>Connection</th><th>Model</th><th>Outcome</th><th className="n">HTTP</th><th>Error</th><th className="n">Queued</th><th className="n">First byte</th><th className="n">Total</th></tr></thead>
      <tbody>
        {attempts.map((attempt) => (
          <tr key={attempt.attempt}>
            <td className="n">{attempt.attempt}</td><td>{attempt.connection}</td><td>{attempt.model}</td><td>{attempt.outcome}</td><td className="n">{attempt.http_status ?? '–'}</td><td>{attempt.error_code}</td>
            <td className="n">{duration(attempt.queue_ms)}</td><td className="n">{duration(attempt.first_byte_ms)}</td><td className="n">{duration(attempt.total_ms)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);
