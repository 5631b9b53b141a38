/** `keys list|create|rotate|enable|disable`. A key is printed once, when it is made. */
import { type Command, EXIT, type Invocation } from '../command.ts';
import { ago, dataOf, json, table, text } from '../output.ts';
import { dryRun } from './queues.ts';

const DRY = { 'dry-run': { summary: 'tell what would change' } };
const listed = (value: string | undefined): readonly string[] | undefined => value?.split(',').map((name) => name.trim());

const list: Command = {
  words: ['keys', 'list'], args: [], summary: 'API keys, with what they used in the last 24 hours.',
  run: async ({ api, print, json: asJson }) => {
    const told = await api.admin('/keys');
    print(asJson ? json(told) : table(['NAME', 'KEY', 'ENABLED', 'WEIGHT', 'JOBS 24H', 'TOKENS 24H', 'LAST USED'], dataOf(told).map((key) => {
      const use = key['use'] as { jobs: number; input_tokens: number; output_tokens: number; last_used_at: number | null }; // as the API promises
      return [text(key['name']), text(key['masked']), key['enabled'] === true ? 'yes' : 'no', text(key['weight']), String(use.jobs), String(use.input_tokens + use.output_tokens), ago(use.last_used_at, Date.now())];
    })));
    return EXIT.done;
  },
};

const create: Command = {
  words: ['keys', 'create'], args: ['NAME'], summary: 'Make a key. It is printed this once.',
  options: {
    ...DRY, resources: { value: 'A,B', summary: 'those it may use; default all' }, priorities: { value: 'A,B', summary: 'those it may use; default all' },
    weight: { value: 'N', summary: 'its share among the keys of one priority' }, expires: { value: 'TIME', summary: 'such as 2027-01-31T00:00:00Z' },
  },
  run: async (invocation) => {
    const { args: [name], options, api } = invocation;
    const { resources, priorities, weight, expires } = options;
    const told = await api.admin('/keys', { method: 'POST', query: dryRun(invocation), body: {
      name, ...(resources === undefined ? {} : { resources: listed(resources) }), ...(priorities === undefined ? {} : { priorities: listed(priorities) }),
      ...(weight === undefined ? {} : { weight: Number(weight) }), ...(expires === undefined ? {} : { expires_at: expires }),
    } });
    return tell(told, invocation);
  },
};

const verb = (word: 'rotate' | 'enable' | 'disable', summary: string): Command => ({
  words: ['keys', word], args: ['NAME'], summary, options: DRY,
  run: async (invocation) => tell(await invocation.api.admin(`/keys/${encodeURIComponent(invocation.args[0] ?? '')}/${word}`, { method: 'POST', body: {}, query: dryRun(invocation) }), invocation),
});

/** The key alone on the output, for a script; what happened beside it. */
function tell(told: Readonly<Record<string, unknown>>, { print, say, json: asJson }: Invocation): number {
  if (asJson) print(json(told));
  else {
    say(`${String(told['name'])}: ${String(told['action'])}${told['dry_run'] === true ? ' (not done)' : ''}`);
    if (typeof told['key'] === 'string') print(told['key']);
  }
  return EXIT.done;
}

export const keyCommands = [
  list, create, verb('rotate', 'Another secret for the same key; the one before is over at once. It is printed this once.'),
  verb('disable', 'Shut a key out, at once.'), verb('enable', 'Let it in again.'),
];
