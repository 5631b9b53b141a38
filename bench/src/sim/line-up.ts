/** The policies that are there by name, and those of a user's own file. */
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { heldPolicy } from './family/held.ts';
import adaptiveTokenScaling from './policies/adaptive-token-scaling.ts';
import fifo from './policies/fifo.ts';
import forecast from './policies/forecast.ts';
import hold from './policies/hold.ts';
import pacing from './policies/pacing.ts';
import retryingClients from './policies/retrying-clients.ts';
import strict from './policies/strict.ts';
import tokenBucketQueue from './policies/token-bucket-queue.ts';
import weighted from './policies/weighted.ts';
import type { Policy } from './policy.ts';

export const DEFAULT: Policy = weighted;

/** By the names of their files. */
export const BASELINES: Readonly<Record<string, Policy>> = {
  strict, pacing, hold, forecast, fifo, 'adaptive-token-scaling': adaptiveTokenScaling, 'token-bucket-queue': tokenBucketQueue,
  'retrying-clients': retryingClients,
};

/** A policy by name or file. @throws Error with one line that says what is wrong with `--policy` */
export async function policyOf(name: string): Promise<Policy> {
  if (name === 'weighted') return DEFAULT;
  const known = new Map(Object.entries(BASELINES)).get(name);
  if (known !== undefined) return known;
  if (name.endsWith('.json')) return readHeld(name);
  if (/\.(?:[cm]?js|ts)$/.test(name)) return importPolicy(name);
  throw new Error(`--policy ${name}: must be a .json, .js or .ts file, or one of weighted, ${Object.keys(BASELINES).join(', ')}`);
}

/** A module whose default export is a `Policy`. */
async function importPolicy(file: string): Promise<Policy> {
  let found: unknown;
  try {
    found = await import(pathToFileURL(resolve(file)).href);
  } catch (error) {
    throw new Error(`--policy ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const policy: unknown = typeof found === 'object' && found !== null && 'default' in found ? found.default : undefined;
  if (!isPolicy(policy)) throw new Error(`--policy ${file}: its default export must be { name, start(terms) }, as in bench/src/sim/policy.ts`);
  return policy;
}

const isPolicy = (value: unknown): value is Policy =>
  typeof value === 'object' && value !== null && 'name' in value && typeof value.name === 'string' && 'start' in value && typeof value.start === 'function';

/** `{ "hold": 0.05, "pace": 0.8, "horizonMs": 5000, "sigmas": 4 }`: one of the family of simple policies. */
function readHeld(file: string): Policy {
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(file, 'utf8'));
  } catch (error) {
    throw new Error(`--policy ${file}: ${error instanceof Error ? error.message : String(error)}`, { cause: error });
  }
  const members = new Map(typeof read === 'object' && read !== null ? Object.entries(read) : []);
  const number = (name: string): number | null => {
    const value: unknown = members.get(name) ?? null;
    if (value !== null && !(typeof value === 'number' && value >= 0)) throw new Error(`--policy ${file}: ${name} must be a number of at least 0`);
    return value;
  };
  const strange = [...members.keys()].find((name) => !['hold', 'pace', 'horizonMs', 'sigmas'].includes(name));
  if (strange !== undefined || members.size === 0) throw new Error(`--policy ${file}: must hold some of hold, pace, horizonMs and sigmas${strange === undefined ? '' : `, not ${strange}`}`);
  const [horizonMs, sigmas] = [number('horizonMs'), number('sigmas')];
  return heldPolicy(file, {
    hold: number('hold') ?? 0, pace: number('pace'), forecast: horizonMs === null || sigmas === null ? null : { horizonMs, sigmas },
  });
}
