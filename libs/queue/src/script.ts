/** Lua scripts: loaded once for a connection to Redis (again whenever it reconnects), run by their hash. */
import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

export interface Script {
  readonly name: string;
  readonly lua: string;
  readonly sha: string;
}

const known: Script[] = [];

export function script(name: string, lua: string): Script {
  const made = { name, lua, sha: createHash('sha1').update(lua).digest('hex') };
  known.push(made);
  return made;
}

type Argument = string | number | Buffer;

/** Loads all scripts, so that `run` costs a hash on the wire and commands written together keep their order. */
export async function loadScripts(redis: Redis): Promise<void> {
  await Promise.all(known.map(({ lua }) => redis.script('LOAD', lua)));
}

const isMissing = (error: unknown) => error instanceof Error && error.message.startsWith('NOSCRIPT');

/** The script's reply with strings as text. */
export async function run(redis: Redis, { sha, lua }: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
  try {
    return await redis.evalsha(sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return redis.eval(lua, keys.length, ...keys, ...args);
  }
}

/** The script's reply with strings as bytes: for bodies. */
export async function runBuffer(redis: Redis, { sha, lua }: Script, keys: readonly string[], args: readonly Argument[]): Promise<unknown> {
  try {
    return await redis.callBuffer('EVALSHA', sha, keys.length, ...keys, ...args);
  } catch (error) {
    if (!isMissing(error)) throw error;
    return redis.callBuffer('EVAL', lua, keys.length, ...keys, ...args);
  }
}
