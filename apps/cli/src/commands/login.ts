/** `login`, `logout`: a personal token, kept on this machine for its owner alone. */
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { homedir, hostname } from 'node:os';
import { dirname, join } from 'node:path';
import { refusal } from '../api.ts';
import { type Command, EXIT, Stop, type Surroundings } from '../command.ts';

interface Kept {
  readonly id: string;
  readonly token: string;
}

/** By the address that they are for. */
type Tokens = Readonly<Record<string, Kept>>;

const placeOf = (env: Surroundings['env']): string => join(env['XDG_CONFIG_HOME'] || join(homedir(), '.config'), 'sluice', 'tokens.json');

async function readTokens(env: Surroundings['env']): Promise<Tokens> {
  const text = await readFile(placeOf(env), 'utf8').catch(() => '{}'); // nobody has signed in from here yet
  return JSON.parse(text) as Tokens; // written below
}

async function keep(env: Surroundings['env'], tokens: Tokens): Promise<void> {
  await mkdir(dirname(placeOf(env)), { recursive: true, mode: 0o700 });
  await writeFile(placeOf(env), JSON.stringify(tokens, null, 2), { mode: 0o600 });
}

export const keptToken = async (env: Surroundings['env'], url: string): Promise<string | undefined> => (await readTokens(env))[url]?.token;

export const login: Command = {
  words: ['login'], args: ['[NAME]'], summary: 'Sign in once: a personal token is made and kept on this machine. The password is asked for, or read from SLUICE_ADMIN_PASSWORD.',
  options: { days: { value: 'N', summary: 'how long the token lives; default 90' } },
  run: async ({ api, args: [name = 'admin'], options, env, askSecret, say }) => {
    const password = env['SLUICE_ADMIN_PASSWORD'] || await askSecret(`password of ${name} at ${api.url}: `);
    const headers = { 'content-type': 'application/json' };
    const session = await fetch(`${api.url}/admin/v1/session`, { method: 'POST', headers, body: JSON.stringify({ name, password }) })
      .catch(() => { throw new Stop(`${api.url} does not answer: is it running?`, EXIT.unreachable); });
    if (!session.ok) throw await refusal(session);
    const cookie = session.headers.get('set-cookie')?.split(';')[0] ?? '';
    const { csrf_token: csrf } = (await session.json()) as { csrf_token: string }; // as the API promises
    const asSession = { ...headers, cookie, 'x-csrf-token': csrf };
    const made = await fetch(`${api.url}/admin/v1/tokens`, { method: 'POST', headers: asSession, body: JSON.stringify({
      name: `${hostname()} ${new Date().toISOString()}`.replace(/[^\w .@-]/g, '-').slice(0, 100), expires_in_days: Number(options['days'] ?? 90),
    }) });
    if (!made.ok) throw await refusal(made);
    const { id, token } = (await made.json()) as Kept; // as the API promises
    await fetch(`${api.url}/admin/v1/session`, { method: 'DELETE', headers: asSession });
    await keep(env, { ...await readTokens(env), [api.url]: { id, token } });
    say(`signed in as ${name}; the token is in ${placeOf(env)}`);
    return EXIT.done;
  },
};

export const logout: Command = {
  words: ['logout'], args: [], summary: 'End the token that `login` has made, here and at the server.',
  run: async ({ api, env, say }) => {
    const { [api.url]: mine, ...others } = await readTokens(env);
    if (!mine) throw new Stop(`nobody is signed in at ${api.url}`, EXIT.failed);
    await api.admin(`/tokens/${mine.id}`, { method: 'DELETE' });
    if (Object.keys(others).length === 0) await rm(placeOf(env));
    else await keep(env, others);
    say('signed out');
    return EXIT.done;
  },
};
