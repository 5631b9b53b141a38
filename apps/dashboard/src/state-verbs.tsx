/** Pause, resume, drain: what is done to a connection as a whole. It shows at once as the server tells of it, with the reason where it refuses. */
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ask, type Queue } from './api.tsx';
import type { Here } from './app.tsx';
import { Problem } from './parts.tsx';

const VERBS = { enabled: ['pause', 'drain'], paused: ['resume'], draining: ['resume', 'pause'] } as const satisfies Record<Queue['state'], readonly string[]>;
const TITLES = { pause: 'Send nothing; what waits keeps waiting', resume: 'Send again', drain: 'Send what waits, and lead new calls elsewhere' } as const;

export function StateVerbs({ connection, state, here }: { readonly connection: string; readonly state: Queue['state']; readonly here: Here }) {
  const client = useQueryClient();
  const change = useMutation({
    mutationFn: (verb: string) => ask(`/connections/${encodeURIComponent(connection)}/${verb}`, { method: 'POST', body: {}, csrf: here.session.csrf_token, query: { environment: here.environment } }),
    onSettled: () => client.invalidateQueries({ queryKey: ['connections'] }),
  });
  return (
    <span className="verbs">
      {VERBS[state].map((verb) => <button key={verb} type="button" title={TITLES[verb]} disabled={change.isPending} onClick={() => change.mutate(verb)}>{verb[0]?.toUpperCase()}{verb.slice(1)}</button>)}
      <Problem error={change.error} />
    </span>
  );
}
