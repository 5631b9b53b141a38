/** Where a Redis server can be had: on the PATH, from a container engine, or from the system's package manager. */
import { spawnSync } from 'node:child_process';
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { StoreUnavailable } from './store.ts';

export interface RedisServer {
  /** Continues "REDIS_URL is not set, so …". */
  readonly how: string;
  /** The address to bind, as the server itself sees it. */
  readonly listensOn: string;
  /** The data folder as the server itself sees it. */
  sees(folder: string): string;
  /** The command that runs it in the foreground with `redis.conf` of `folder`; what `ps` shows of it names `:port`. */
  command(folder: string, port: number): { readonly command: string; readonly args: readonly string[] };
}

const BINARIES = ['redis-server', 'valkey-server'] as const;
const IMAGE = 'redis:7.4-alpine';

/** Installs only where that needs no questions: apt as root, Homebrew. Throws `StoreUnavailable` with what to do. */
export function findOrInstallRedisServer(env: NodeJS.ProcessEnv, say: (line: string) => void): RedisServer {
  const server = onPath(env) ?? inContainer(env) ?? installed(env, say);
  if (server) return server;
  throw new StoreUnavailable(
    'no Redis: install redis-server or valkey-server (apt, dnf, brew), start a container engine, or set REDIS_URL',
  );
}

function onPath(env: NodeJS.ProcessEnv): RedisServer | undefined {
  for (const name of BINARIES) {
    const command = findCommand(name, env);
    if (command) return binary(command, `${name} of this machine was started`);
  }
  return undefined;
}

const binary = (command: string, how: string): RedisServer => ({
  how,
  listensOn: '127.0.0.1',
  sees: (folder) => folder,
  command: (folder) => ({ command, args: [join(folder, 'redis.conf')] }),
});

function inContainer(env: NodeJS.ProcessEnv): RedisServer | undefined {
  for (const engine of ['docker', 'podman']) {
    const command = findCommand(engine, env);
    if (!command) continue;
    const { status } = spawnSync(command, ['version', '--format', '{{.Server.Version}}'], {
      env,
      timeout: 5_000,
      stdio: 'ignore',
    });
    if (status === 0) return container(command, engine);
  }
  return undefined;
}

/** Attached, so that signals reach the server through the engine's client; as us, so that its files stay ours. */
const container = (command: string, engine: string): RedisServer => ({
  how: `${IMAGE} was started with ${engine}`,
  listensOn: '0.0.0.0',
  sees: () => '/data',
  command: (folder, port) => ({
    command,
    args: [
      'run',
      '--rm',
      '--init',
      '--publish',
      `127.0.0.1:${port}:${port}`,
      '--volume',
      `${folder}:/data`,
      // Rootless podman maps its root to us; docker does not.
      '--user',
      engine === 'podman' ? '0:0' : `${process.getuid?.() ?? 0}:${process.getgid?.() ?? 0}`,
      '--entrypoint',
      'redis-server',
      IMAGE,
      '/data/redis.conf',
    ],
  }),
});

/** Debian's package also starts a server for the whole machine, now and at each boot, which nobody asked for. */
const NO_SERVICE = [
  ['service', 'redis-server', 'stop'],
  ['update-rc.d', 'redis-server', 'disable'],
];

function installed(env: NodeJS.ProcessEnv, say: (line: string) => void): RedisServer | undefined {
  const tried = [
    {
      manager: 'apt-get',
      may: process.getuid?.() === 0,
      steps: [['update'], ['install', '--yes', '--no-install-recommends', 'redis-server']],
      after: NO_SERVICE,
    },
    { manager: 'brew', may: process.getuid?.() !== 0, steps: [['install', 'redis']], after: [] },
  ];
  for (const { manager, may, steps, after } of tried) {
    const command = may ? findCommand(manager, env) : undefined;
    if (!command) continue;
    say(`no Redis on this machine: installing it with ${manager}`);
    // The last step is tried first: package lists are often there already.
    const done = runs(command, steps.at(-1) ?? [], env) || steps.every((step) => runs(command, step, env));
    for (const [program = '', ...args] of done ? after : []) runs(program, args, env);
    const server = done ? onPath(env) : undefined;
    if (server) return { ...server, how: `${server.how} after ${manager} installed it` };
    say(`${manager} could not install Redis`);
  }
  return undefined;
}

const runs = (command: string, args: readonly string[], env: NodeJS.ProcessEnv): boolean =>
  spawnSync(command, args, { env: { ...env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: 'ignore', timeout: 180_000 }).status ===
  0;

/** The full path of a command, looked for as a shell would. */
export function findCommand(name: string, env: NodeJS.ProcessEnv): string | undefined {
  return (env['PATH'] ?? '')
    .split(delimiter)
    .filter(Boolean)
    .map((folder) => join(folder, name))
    .find(isExecutable);
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false; // not there, or not for us: both mean "look further"
  }
}
