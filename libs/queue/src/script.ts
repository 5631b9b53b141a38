/** Lua scripts: loaded once for a connection to Redis (again whenever it reconnects), run by their hash. */
import { createHash } from 'node:crypto';
import type { ChainableCommander, Redis } from 'ioredis';

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

/** A script with what it is run on, to be written to Redis together with others. */
export interface Call {
  readonly script: Script;
  readonly keys: readonly string[];
  readonly args: readonly Argument[];
}

/** Adds the script to a pipeline; its reply has strings as bytes. `answerOf` reads the reply. */
export const pipe = (pipeline: ChainableCommander, { script: { sha }, keys, args }: Call): ChainableCommander =>
  pipeline.callBuffer('EVALSHA', sha, keys.length, ...keys, ...args);

/** The reply of a script that was piped. One that Redis had forgotten is run by itself, behind what was written with it. */
export async function answerOf(redis: Redis, call: Call, reply: readonly [Error | null, unknown] | undefined): Promise<unknown> {
  const [error, answer] = reply ?? [new Error(`Redis did not answer ${call.script.name}`), undefined];
  if (error === null) return answer;
  if (!isMissing(error)) throw error;
  const { script: { lua }, keys, args } = call;
  const [again] = (await redis.pipeline().callBuffer('EVAL', lua, keys.length, ...keys, ...args).exec()) ?? [];
  if (again?.[0]) throw again[0];
  return again?.[1];
}
