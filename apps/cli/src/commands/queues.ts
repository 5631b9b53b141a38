/** `queues`: every lane, what waits in it and why; `pause`, `resume`, `drain` a connection. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Told } from '../api.ts';
import { type Command, EXIT, type Invocation } from '../command.ts';
import { ago, dataOf, duration, json, table, text } from '../output.ts';

const EVERY_MS = 1_000;
const CLEAR = '\u001B[2J\u001B[H';

export const queues: Command = {
  words: ['queues'], args: [], summary: 'Every lane: what waits, since when, what runs, and why its head waits.',
  options: { watch: { summary: 'again each second, until Ctrl-C' } },
  run: async (invocation) => {
    const { api, print, switches, json: asJson, isTerminal, stop } = invocation;
    for (;;) {
      const told = await api.admin('/queues');
      if (asJson) print(switches.has('watch') ? JSON.stringify(told) : json(told));
      else print(`${switches.has('watch') && isTerminal ? CLEAR : ''}${shown(told)}`);
      if (!switches.has('watch')) return EXIT.done;
      await sleep(EVERY_MS, undefined, { signal: stop }).catch(() => undefined); // Ctrl-C: below
      if (stop.aborted) return EXIT.done;
    }
  },
};

function shown(told: Told): string {
  const now = Number(told['at']);
  const rows = dataOf(told).flatMap((queue) => {
    const lanes = (queue['lanes'] as readonly Told[] | undefined) ?? []; // as the API promises
    const name = `${String(queue['connection'])}${queue['owned'] === false ? ' (no scheduler)' : queue['state'] === 'enabled' ? '' : ` (${String(queue['state'])})`}`;
    return lanes.length === 0 ? [[name, '-', '-', '0', '-', '0', '0', '-', 'Nothing waits.']] : lanes.map((lane) => [
      name, text(lane['priority']), text(lane['tenant']), text(lane['waiting']), ago(lane['oldest_at'], now), text(lane['running']), text(lane['granted_per_minute']),
      duration(lane['eta_ms']), (lane['reason'] as { text: string }).text,
    ]);
  });
  return table(['CONNECTION', 'PRIORITY', 'KEY', 'WAITING', 'OLDEST', 'RUNNING', 'PER MIN', 'DONE IN', 'WHY'], rows);
}

const verb = (word: 'pause' | 'resume' | 'drain', summary: string): Command => ({
  words: [word], args: ['CONNECTION'], summary, options: { 'dry-run': { summary: 'tell what would change' } },
  run: async (invocation) => {
    const told = await invocation.api.admin(`/connections/${encodeURIComponent(invocation.args[0] ?? '')}/${word}`, { method: 'POST', body: {}, query: dryRun(invocation) });
    if (invocation.json) invocation.print(json(told));
    else invocation.say(`${String(told['name'])}: ${stateOf(told['before'])} → ${stateOf(told['after'])}${told['dry_run'] === true ? ' (not done)' : ''}`);
    return EXIT.done;
  },
});

const stateOf = (row: unknown): string => text((row as { state?: string } | null)?.state);

export const dryRun = ({ switches }: Invocation): { readonly dry_run: string } => ({ dry_run: String(switches.has('dry-run')) });

export const connectionVerbs = [
  verb('pause', 'Send nothing over a connection; what waits keeps waiting.'), verb('resume', 'Send over it again.'),
  verb('drain', 'Send what waits, and lead new calls elsewhere where a route leads elsewhere.'),
];
