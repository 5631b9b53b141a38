/**
 * Reasoning that a provider wants back and many clients drop, kept by the id of the tool call it led to: the only thing that does
 * come back. Whose it is is part of its place, so that nobody reads another's thoughts by guessing an id.
 */
import { createHash } from 'node:crypto';
import type { OpenQueue } from './open.ts';

/** Whose tool calls. */
export interface Remembering {
  readonly environment: string;
  readonly apiKey: string;
}

/** What an answer leaves for the request that gives back the results of its tool calls, by their ids. */
export interface Memory {
  recall(whose: Remembering, callIds: readonly string[]): Promise<ReadonlyMap<string, string>>;
  keep(whose: Remembering, entries: ReadonlyMap<string, string>): Promise<void>;
}

/** A loop of tools may wait for a person over a working day. */
const KEEP_SECONDS = 24 * 3_600;

export const openMemory = ({ redis, keys }: Pick<OpenQueue, 'redis' | 'keys'>): Memory => {
  const place = ({ environment, apiKey }: Remembering, callId: string): string =>
    keys.memory(createHash('sha256').update(JSON.stringify([environment, apiKey, callId])).digest('base64url'));
  return {
    async recall(whose, callIds) {
      const values = await Promise.all(callIds.map((callId) => redis.get(place(whose, callId))));
      return new Map(callIds.flatMap((callId, index) => {
        const value = values[index];
        return value === null || value === undefined ? [] : [[callId, value]];
      }));
    },
    async keep(whose, entries) {
      await Promise.all([...entries].map(([callId, value]) => redis.set(place(whose, callId), value, 'EX', KEEP_SECONDS)));
    },
  };
};
