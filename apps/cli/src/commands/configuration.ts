/** `apply`, `diff`: a sluice.yaml made to be what an environment is. */
import { readFile } from 'node:fs/promises';
import { parseConfigurationFile } from '@sluice/domain/configuration-file';
import { type Command, EXIT, type Invocation, Stop } from '../command.ts';
import type { Told } from '../api.ts';
import { dataOf, json } from '../output.ts';

/** The variables that a text names: no others leave this machine. */
export const namedIn = (content: string): readonly string[] => [...new Set([...content.matchAll(/\$\{([A-Za-z_]\w*)/g)].map(([, name = '']) => name))];

async function send({ args: [file = 'sluice.yaml'], env, api }: Invocation, dryRun: boolean): Promise<Told> {
  const content = await readFile(file, 'utf8').catch((error: unknown) => {
    throw new Stop(`${file} cannot be read: ${error instanceof Error ? error.message : String(error)}`, EXIT.configuration);
  });
  // Here, so that mistakes are told without asking anybody.
  const parsed = parseConfigurationFile(content, env);
  if (!parsed.ok) throw new Stop(parsed.problems.map(({ line, column, path, message }) => `${file}:${line}:${column} ${path === '' ? '' : `${path}: `}${message}`).join('\n'), EXIT.configuration);
  const variables = Object.fromEntries(namedIn(content).flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
  return api.admin('/configuration', { method: 'POST', body: { text: content, variables, name: file }, query: { dry_run: String(dryRun) } });
}

function show(told: Told, { print, say, json: asJson }: Invocation): number {
  const changes = dataOf(told);
  if (asJson) print(json(told));
  else if (changes.length === 0) say('nothing differs');
  else for (const change of changes) print(lineOf(change));
  return changes.length;
}

const SIGNS: Readonly<Record<string, string>> = { created: '+', updated: '~', deleted: '-' };

function lineOf({ action, kind, name, before, after }: Told): string {
  const [old, now] = [before ?? {}, after ?? {}] as Readonly<Record<string, unknown>>[]; // rows
  const differing = Object.keys({ ...old, ...now }).filter((field) => JSON.stringify(old?.[field]) !== JSON.stringify(now?.[field]));
  return `${SIGNS[String(action)] ?? '?'} ${String(kind)} ${String(name)}${action === 'updated' ? `: ${differing.join(', ')}` : ''}`;
}

export const apply: Command = {
  words: ['apply'], args: ['[FILE]'], summary: 'Make the environment what FILE (sluice.yaml) declares.',
  run: async (invocation) => { show(await send(invocation, false), invocation); return EXIT.done; },
};

export const diff: Command = {
  words: ['diff'], args: ['[FILE]'], summary: 'What `apply` would change. Exit code 2: something.',
  run: async (invocation) => (show(await send(invocation, true), invocation) === 0 ? EXIT.done : EXIT.found),
};
