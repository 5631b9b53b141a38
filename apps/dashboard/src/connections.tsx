/** Connections: what each allows, configured and effective, and how much of it is used now. */
import { useQuery } from '@tanstack/react-query';
import { ask, type Connection, type LimitUse } from './api.tsx';
import type { Here } from './app.tsx';
import { count, duration, Empty, Problem, State } from './parts.tsx';
import { StateVerbs } from './state-verbs.tsx';

const EVERY_MS = 2_000;

export function Connections({ here }: { readonly here: Here }) {
  const connections = useQuery({
    queryKey: ['connections', here.environment], refetchInterval: EVERY_MS,
    queryFn: () => ask<{ data: readonly Connection[] }>('/connections', { query: { environment: here.environment } }),
  });
  const all = connections.data?.data;
  return (
    <>
      <h1>Connections</h1>
      <Problem error={connections.error} />
      {all?.length === 0 ? <Empty>There is no connection yet. Declare one in <code>sluice.yaml</code> and run <code>npx sluice apply</code>.</Empty> : null}
      {all?.map((connection) => <One key={connection.name} connection={connection} here={here} />)}
    </>
  );
}

function One({ connection, here }: { readonly connection: Connection; readonly here: Here }) {
  const { name, provider, base_url: baseUrl, state, live, managed, has_credentials: hasCredentials } = connection;
  return (
    <section aria-label={name}>
      <h2>{name} <State of={state} /> {here.mayAct ? <StateVerbs connection={name} state={state} here={here} /> : null}</h2>
      <p className="quiet">{provider} at {baseUrl}; {hasCredentials ? 'credentials are sealed' : 'no credentials'}; {managed ? 'declared by the configuration file' : 'made by an operator'}</p>
      {live === null ? <p role="alert" className="problem">No scheduler looks after it.</p> : (
        <>
          {live.circuits.map(({ model, cause }) => <p key={model} className="warning">The circuit of {model === '*' ? 'all models' : model} is open ({cause}).</p>)}
          {live.limits.length === 0 ? <Empty>No limit is configured, and none was learned yet: the provider&apos;s headers and refusals teach them.</Empty> : <Limits limits={live.limits} />}
        </>
      )}
    </section>
  );
}

const Limits = ({ limits }: { readonly limits: readonly LimitUse[] }) => (
  <div className="wide">
    <table>
      <thead><tr><th>Limit</th><th className="n">Configured</th><th className="n">Effective</th><th className="n">Used now</th><th>Share</th></tr></thead>
      <tbody>
        {limits.map((limit) => (
          <tr key={`${limit.dimension} ${limit.model} ${limit.per_ms} ${limit.window}`}>
            <td>{titleOf(limit)}</td><td className="n">{limit.amount === null ? 'learned' : count(limit.amount)}</td><td className="n">{count(limit.effective)}</td><td className="n">{count(Math.round(limit.used))}</td>
            <td><meter min={0} max={1} value={share(limit)} aria-label={`${titleOf(limit)}: ${Math.round(share(limit) * 100)} % used`} /> {Math.round(share(limit) * 100)} %</td>
          </tr>
        ))}
      </tbody>
    </table>
  </div>
);

const share = ({ used, effective }: LimitUse): number => (effective <= 0 ? 1 : used / effective);
const titleOf = ({ dimension, model, per_ms: perMs }: LimitUse): string =>
  `${dimension.replaceAll('_', ' ')}${perMs === 0 ? '' : ` per ${duration(perMs)}`}${model === null ? '' : `, ${model}`}`;
