/** `jobs list|show|explain|cancel`. */
import type { Told } from '../api.ts';
import { type Command, EXIT, type Invocation, type Option, Stop } from '../command.ts';
import { ago, dataOf, duration, json, table, text } from '../output.ts';
import { dryRun } from './queues.ts';

const FILTERS: Readonly<Record<string, Option>> = {
  state: { value: 'STATE', summary: 'queued, running, completed, failed, cancelled or expired' }, resource: { value: 'NAME', summary: 'of this resource' },
  connection: { value: 'NAME', summary: 'of this connection' }, priority: { value: 'NAME', summary: 'of this priority' }, key: { value: 'NAME', summary: 'of this API key' },
  tag: { value: 'TAG', summary: 'with this tag' }, correlation: { value: 'ID', summary: 'with this correlation id' },
};

const filterOf = ({ options: { correlation, ...options } }: Invocation, names: readonly string[]) =>
  ({ ...Object.fromEntries(names.map((name) => [name, options[name]])), correlation_id: correlation });

const NAMES = ['state', 'resource', 'connection', 'priority', 'key', 'tag'];

const listJobs: Command = {
  words: ['jobs', 'list'], args: [], summary: 'Jobs, newest first.',
  options: { ...FILTERS, error: { value: 'TEXT', summary: 'whose error holds this text' }, limit: { value: 'N', summary: 'at most; default 50' }, after: { value: 'ID', summary: 'those behind this one' } },
  run: async (invocation) => {
    const told = await invocation.api.admin('/jobs', { query: filterOf(invocation, [...NAMES, 'error', 'limit', 'after']) });
    if (invocation.json) invocation.print(json(told));
    else {
      invocation.print(table(['JOB', 'STATE', 'AGE', 'RESOURCE', 'PRIORITY', 'KEY', 'CONNECTION', 'ERROR'], dataOf(told).map((job) => [
        text(job['id']), text(job['state']), ago(job['created_at'], Date.now()), text(job['resource']), text(job['priority']), text(job['key']), text(job['connection']),
        text((job['error'] as { code?: string } | null)?.code),
      ])));
      if (told['has_more'] === true) invocation.say(`more: --after ${String(told['last_id'])}`);
    }
    return EXIT.done;
  },
};

const one = ({ api, args: [id = ''] }: Invocation): Promise<Told> => api.admin(`/jobs/${encodeURIComponent(id)}`);

const show: Command = {
  words: ['jobs', 'show'], args: ['ID'], summary: 'One job, with its attempts and deliveries.',
  run: async (invocation) => {
    const job = await one(invocation);
    if (invocation.json) { invocation.print(json(job)); return EXIT.done; }
    const { attempts_made: attempts, deliveries, explanation, object: _object, ...fields } = job;
    for (const [name, value] of Object.entries(fields)) invocation.print(`${name.padEnd(16)}${typeof value === 'object' && value !== null ? JSON.stringify(value) : text(value)}`);
    const made = (attempts as readonly Told[] | undefined) ?? []; // as the API promises
    if (made.length > 0) {
      invocation.print('');
      invocation.print(table(['ATTEMPT', 'CONNECTION', 'MODEL', 'OUTCOME', 'HTTP', 'QUEUED', 'FIRST BYTE', 'TOTAL'], made.map((attempt) => [
        text(attempt['attempt']), text(attempt['connection']), text(attempt['model']), text(attempt['outcome']), text(attempt['http_status']), duration(attempt['queue_ms']),
        duration(attempt['first_byte_ms']), duration(attempt['total_ms']),
      ])));
    }
    for (const delivery of (deliveries as readonly Told[] | undefined) ?? []) invocation.print(`delivery ${text(delivery['event_id'])}: ${text(delivery['state'])} after ${text(delivery['tries'])} tries`);
    if (explanation) invocation.print(`\n${String((explanation as Told)['text'])}`);
    return EXIT.done;
  },
};

const explain: Command = {
  words: ['jobs', 'explain'], args: ['ID'], summary: 'Why a job waits.',
  run: async (invocation) => {
    const { explanation, state } = await one(invocation);
    if (invocation.json) invocation.print(json(explanation ?? { state, text: null }));
    else invocation.print(explanation ? String((explanation as Told)['text']) : `It does not wait: it is ${String(state)}.`);
    return EXIT.done;
  },
};

const cancel: Command = {
  words: ['jobs', 'cancel'], args: ['[ID]'], summary: 'Cancel one job, or every unfinished one that the filter meets. By filter it only tells how many, until --yes is given.',
  options: { ...FILTERS, all: { summary: 'every unfinished job' }, yes: { summary: 'do it' } },
  run: async (invocation) => {
    const { args: [id], api, switches, say, print } = invocation;
    const filter = Object.fromEntries(Object.entries({ ...filterOf(invocation, NAMES), ...(switches.has('all') ? { all: true } : {}) }).filter(([, value]) => value !== undefined));
    if (id === undefined && Object.keys(filter).length === 0) throw new Stop('name a job, a filter, or --all', EXIT.usage);
    if (id !== undefined && Object.keys(filter).length > 0) throw new Stop('name a job or a filter, not both', EXIT.usage);
    const isDry = id === undefined && !switches.has('yes');
    let [matched, cancelled] = [0, 0];
    for (;;) {
      const told = await api.admin(id === undefined ? '/jobs/cancel' : `/jobs/${encodeURIComponent(id)}/cancel`, { method: 'POST', body: filter, query: { dry_run: String(isDry) } });
      matched += Number(told['matched']);
      cancelled += Number(told['cancelled']);
      if (told['more'] !== true || isDry || Number(told['cancelled']) === 0) break;
    }
    if (invocation.json) print(json({ matched, cancelled, dry_run: isDry }));
    else say(isDry ? `${matched} jobs would be cancelled: say --yes to do it` : `${cancelled} of ${matched} jobs cancelled`);
    return EXIT.done;
  },
};

const redeliver: Command = {
  words: ['deliveries', 'redeliver'], args: ['ENDPOINT', 'EVENT'], summary: 'Send a webhook again.', options: { 'dry-run': { summary: 'tell what would be done' } },
  run: async (invocation) => {
    const [endpoint = '', event = ''] = invocation.args;
    const told = await invocation.api.admin(`/endpoints/${encodeURIComponent(endpoint)}/deliveries/${encodeURIComponent(event)}/redeliver`, { method: 'POST', body: {}, query: dryRun(invocation) });
    if (invocation.json) invocation.print(json(told));
    else invocation.say(`${event} is sent again`);
    return EXIT.done;
  },
};

export const jobCommands = [listJobs, show, explain, cancel, redeliver];
