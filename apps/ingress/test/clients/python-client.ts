/** A Python with the packages of a client, installed once for this user, and what the openai SDK in it can be told to do. */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startClientProcess } from './client-process.ts';
import type { ClientProcess } from './client-process.ts';

const INSTALL_WITHIN_MS = 120_000;
const run = promisify(execFile);

/** By the name of its place: what is installed there, each in one version. */
const PLACES = {
  openai: ['openai==3.54.0'],
  langchain: ['langchain-openai==1.6.7', 'langchain-core==1.7.2', 'openai==3.54.0'],
} as const;

export type PythonPlace =
  { readonly kind: 'found'; readonly python: string } | { readonly kind: 'missing'; readonly reason: string };

/** Installs what is missing, or says why that cannot be done. */
export async function findPython(env: NodeJS.ProcessEnv, name: keyof typeof PLACES): Promise<PythonPlace> {
  const packages = PLACES[name];
  const folder = join(env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'sluice', `python-${packages[0].replace('==', '-')}`);
  const python = join(folder, 'bin', 'python');
  if (existsSync(python)) return { kind: 'found', python };
  // Complete before it has its name: a run that was stopped half-way, or another at the same time, leaves nothing half done.
  const making = `${folder}.${process.pid}`;
  try {
    await mkdir(dirname(folder), { recursive: true });
    await run('python3', ['-m', 'venv', making], { timeout: INSTALL_WITHIN_MS });
    const install = ['-m', 'pip', 'install', '--quiet', '--no-input', '--disable-pip-version-check', ...packages];
    await run(join(making, 'bin', 'python'), install, { timeout: INSTALL_WITHIN_MS });
    await rename(making, folder).catch((error: unknown) => {
      if (!existsSync(python)) throw error; // else another run was first
    });
    return { kind: 'found', python };
  } catch (error) {
    const said = error instanceof Error ? error.message : String(error);
    const last = said.trim().split('\n').at(-1);
    return { kind: 'missing', reason: `${packages[0]} for Python cannot be installed: ${last}` };
  } finally {
    await rm(making, { recursive: true, force: true });
  }
}

export interface PythonOrder {
  readonly scenario: 'chat' | 'stream' | 'stream_helper' | 'async_stream' | 'tool' | 'parse' | 'models' | 'batch';
  readonly model?: string;
  readonly content?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Of the client, in Python's words: `max_retries`, `timeout`, `api_key`, `base_url`. */
  readonly options?: Readonly<Record<string, unknown>>;
  /** Of the call. */
  readonly more?: Readonly<Record<string, unknown>>;
}

export const startPythonClient = (
  python: string,
  { baseURL, key }: { readonly baseURL: string; readonly key: string },
): ClientProcess<PythonOrder> =>
  startClientProcess({ command: python, args: [fileURLToPath(new URL('openai_client.py', import.meta.url))], baseURL, key });
