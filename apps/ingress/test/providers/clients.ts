/** The clients that are run against every provider, each a program of its own, of which only the base URL and the key were changed. */
import { createRequire } from 'node:module';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { startClientProcess, type ClientProcess } from '../clients/client-process.ts';
import { findPython } from '../clients/python-client.ts';
import type { Order } from './features.ts';

export interface Client {
  readonly name: string;
  /** The class of what it raises for a status of 502. */
  readonly raises: string;
  readonly program: string;
  /** In which place of Python's it runs; null: in Node. */
  readonly python: 'openai' | 'langchain' | null;
}

export const CLIENTS: readonly Client[] = [
  { name: 'openai for Node', raises: 'InternalServerError', program: 'openai-client.ts', python: null },
  { name: 'openai for Python', raises: 'InternalServerError', program: 'openai_client.py', python: 'openai' },
  { name: 'LangChain for Node', raises: 'InternalServerError', program: 'langchain-client.ts', python: null },
  { name: 'LangChain for Python', raises: 'OpenAIAPIError', program: 'langchain_client.py', python: 'langchain' },
  { name: 'Vercel AI SDK', raises: 'AI_APICallError', program: 'vercel-client.ts', python: null },
];

export type Started =
  | { readonly kind: 'started'; readonly process: ClientProcess<Order> }
  | { readonly kind: 'missing'; readonly reason: string };

const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;

/** `baseURL` with `/v1`. */
export async function startClient({ program, python }: Client, at: { readonly baseURL: string; readonly key: string }): Promise<Started> {
  const file = fileURLToPath(new URL(program, import.meta.url));
  if (python === null) return started({ command: process.execPath, args: ['--import', TSX, file], ...at });
  const place = await findPython(process.env, python);
  return place.kind === 'found' ? started({ command: place.python, args: [file], ...at }) : place;
}

const started = (how: Parameters<typeof startClientProcess>[0]): Started => ({ kind: 'started', process: startClientProcess<Order>(how) });
