/** Which models the servers of one's own were found to have: asked by one worker at a time, listed by every ingress. */
import type { OpenQueue } from './open.ts';

export interface Discovered {
  /** Is it the caller's turn to ask this connection? Decides: one caller of all, once a minute. */
  mayAsk(connection: string): Promise<boolean>;
  found(connection: string, models: readonly string[]): Promise<void>;
  /** By connection; nothing of those that were not asked, or did not answer for a while. */
  modelsOf(connections: readonly string[]): Promise<ReadonlyMap<string, readonly string[]>>;
}

const ASK_EVERY_SECONDS = 60;
/** A server that is started again is not forgotten meanwhile. */
const KEEP_SECONDS = 10 * 60;

export const openDiscovered = ({ redis, keys }: Pick<OpenQueue, 'redis' | 'keys'>): Discovered => ({
  mayAsk: async (connection) => await redis.set(`${keys.discovered(connection)}:asked`, '', 'EX', ASK_EVERY_SECONDS, 'NX') === 'OK',
  async found(connection, models) {
    await redis.set(keys.discovered(connection), JSON.stringify(models), 'EX', KEEP_SECONDS);
  },
  async modelsOf(connections) {
    const texts = await Promise.all(connections.map((connection) => redis.get(keys.discovered(connection))));
    return new Map(connections.flatMap((connection, index) => {
      const text = texts[index];
      return text === null || text === undefined ? [] : [[connection, JSON.parse(text) as string[]] as const]; // written by `found`
    }));
  },
});
