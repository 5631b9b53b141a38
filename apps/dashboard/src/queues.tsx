/** Queues: each connection with its lanes, live, and why the head of each waits. */
import { useMutation } from '@tanstack/react-query';
import { useState } from 'react';
import { ask, type Lane, type Queue } from './api.tsx';
import type { Here } from './app.tsx';
import { useLive } from './live.tsx';
import { Ago, Ask, count, duration, Empty, Problem, State } from './parts.tsx';
import { hrefTo, Link } from './place.tsx';
import { StateVerbs } from './state-verbs.tsx';

/** Lanes of one connection that are drawn; the others are counted. */
const MOST_LANES = 200;

interface Cancelling {
  readonly filter: { readonly state: 'queued'; readonly connection: string; readonly priority: string; readonly key: string };
  readonly matched: number;
}

export function Queues({ here }: { readonly here: Here }) {
  const { queues, state } = useLive(here.environment);
  const [cancelling, setCancelling] = useState<Cancelling>();
  const send = (filter: Cancelling['filter'], dryRun: boolean) => ask<{ matched: number }>('/jobs/cancel', {
    method: 'POST', body: filter, csrf: here.session.csrf_token, query: { environment: here.environment, dry_run: String(dryRun) },
  });
  const look = useMutation({ mutationFn: (filter: Cancelling['filter']) => send(filter, true), onSuccess: ({ matched }, filter) => setCancelling({ filter, matched }) });
  const cancel = useMutation({ mutationFn: (filter: Cancelling['filter']) => send(filter, false), onSettled: () => setCancelling(undefined) });
  return (
    <>
      <h1>Queues <span className={`live ${state}`} role="status">{state === 'live' ? 'live' : state === 'broken' ? 'connecting again' : 'connecting'}</span></h1>
      <Problem error={look.error ?? cancel.error} />
      {state === 'live' && queues.length === 0 ? <Empty>There is no connection yet. Declare one in <code>sluice.yaml</code> and run <code>npx sluice apply</code>.</Empty> : null}
      {queues.map((queue) => <OneQueue key={queue.connection} queue={queue} here={here} onCancel={look.mutate} />)}
      {cancelling ? (
        <Ask title={`Cancel ${count(cancelling.matched)} waiting jobs?`} does={`Cancel ${count(cancelling.matched)} jobs`} onYes={() => cancel.mutate(cancelling.filter)} onNo={() => setCancelling(undefined)}>
          <p>Of key <b>{cancelling.filter.key}</b>, priority <b>{cancelling.filter.priority}</b>, on <b>{cancelling.filter.connection}</b>. Their callers are told that an operator cancelled them.</p>
        </Ask>
      ) : null}
    </>
  );
}

interface OneQueueProps {
  readonly queue: Queue;
  readonly here: Here;
  readonly onCancel: (filter: Cancelling['filter']) => void;
}

function OneQueue({ queue, here, onCancel }: OneQueueProps) {
  const { connection, lanes } = queue;
  return (
    <section aria-label={connection}>
      <h2>
        {connection} <State of={queue.state} />
        <span className="quiet">{count(queue.waiting)} waiting, {count(queue.running)} running, {queue.grants_per_second.toFixed(1)}/s</span>
        {here.mayAct ? <StateVerbs connection={connection} state={queue.state} here={here} /> : null}
      </h2>
      {queue.owned ? null : <p role="alert" className="problem">No scheduler looks after this connection. Another takes over within seconds, if one is alive.</p>}
      {queue.cooldown_until === null ? null : <p className="warning">The provider refused: nothing is sent for a while.</p>}
      {queue.circuits.map(({ model, cause }) => <p key={model} className="warning">The circuit of {model === '*' ? 'all models' : model} is open ({cause}).</p>)}
      {lanes.length === 0 ? <Empty>Nothing waits, and nothing went in the last minute.</Empty> : <Lanes lanes={lanes} connection={connection} mayAct={here.mayAct} onCancel={onCancel} />}
    </section>
  );
}

function Lanes({ lanes, connection, mayAct, onCancel }: { readonly lanes: readonly Lane[]; readonly connection: string; readonly mayAct: boolean; readonly onCancel: OneQueueProps['onCancel'] }) {
  return (
    <div className="wide">
      <table>
        <thead><tr><th>Priority</th><th>Key</th><th className="n">Waiting</th><th className="n">Oldest</th><th className="n">Running</th><th className="n">Sent per min</th><th className="n">Done in</th><th>Why the first waits</th>{mayAct ? <th /> : null}</tr></thead>
        <tbody>
          {lanes.slice(0, MOST_LANES).map(({ lane, priority, tenant, waiting, oldest_at: oldestAt, running, granted_per_minute: granted, eta_ms: etaMs, reason }) => (
            <tr key={lane}>
              <td>{priority}</td>
              <td><Link to={hrefTo('/jobs', { key: tenant, priority, connection, ...(waiting > 0 ? { state: 'queued' } : {}) })}>{tenant}</Link></td>
              <td className="n">{count(waiting)}</td><td className="n"><Ago at={oldestAt} /></td><td className="n">{count(running)}</td>
              <td className="n">{count(granted)}</td><td className="n">{duration(etaMs)}</td><td>{reason.text}</td>
              {mayAct ? <td>{waiting > 0 ? <button type="button" onClick={() => onCancel({ state: 'queued', connection, priority, key: tenant })}>Cancel…</button> : null}</td> : null}
            </tr>
          ))}
        </tbody>
      </table>
      {lanes.length > MOST_LANES ? <p className="quiet">{count(lanes.length - MOST_LANES)} more lanes: <code>npx sluice queues</code> lists them all.</p> : null}
    </div>
  );
}
