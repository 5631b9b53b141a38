/**
 * A question to the owner of a connection: why does this job wait? It goes by the owner's wake channel, the answer by a channel of
 * the door's own, published only while the lease is the answerer's: whoever was fenced off has nothing to say. Nothing is stored;
 * an owner that is busy, or on its way to another process, does not answer in time.
 */
import { randomUUID } from 'node:crypto';
import type { Redis } from 'ioredis';
import { ANSWER } from './lua/owner.ts';
import type { OpenQueue } from './open.ts';
import type { Explained, Ownership, Question } from './ports.ts';
import { run } from './script.ts';

const WITHIN_MS = 1_000;
/** Questions of one process that wait for an answer; more are not asked. */
const AT_ONCE = 256;
/** Begins a message of the wake channel that is a question; no lane begins with it. */
const MARK = '?';

/** Lines: mark, request, where to answer, lane, attempt, how many stand before it in its lane, its number there. */
export const questionText = ({ request, answerTo, lane, head, index, place }: Question): string => [MARK, request, answerTo, lane, head, index, place].join('\n');

export function parseQuestion(message: string): Question | undefined {
  const [mark, request = '', answerTo = '', lane = '', head = '', index, place] = message.split('\n');
  return mark === MARK ? { request, answerTo, lane, head, index: Number(index), place: Number(place) } : undefined;
}

export async function answerQuestion({ redis, keys }: OpenQueue, { connection, fence }: Ownership, { question, text }: { question: Question; text: string }): Promise<boolean> {
  const message = `${question.request}\n${text}`;
  return (await run(redis, ANSWER, [keys.lease(connection)], [fence, keys.channels.explained(question.answerTo), message])) === 1;
}

/** The asking side, on a connection of the door that is subscribed to other things as well. */
export interface Asker {
  /** Undefined: nobody answered in time, or too many ask. */
  ask(connection: string, about: Pick<Question, 'lane' | 'head' | 'index' | 'place'>): Promise<Explained | undefined>;
  stop(): void;
}

export async function openAsker({ redis, keys }: OpenQueue, subscriber: Redis, answerTo: string): Promise<Asker> {
  const waiting = new Map<string, (answer: Explained | undefined) => void>();
  const channel = keys.channels.explained(answerTo);
  subscriber.on('message', (from, message) => {
    if (from !== channel) return;
    const cut = message.indexOf('\n');
    waiting.get(message.slice(0, cut))?.(JSON.parse(message.slice(cut + 1)) as Explained); // written by an owner of ours
  });
  await subscriber.subscribe(channel);
  return {
    async ask(connection, about) {
      if (waiting.size >= AT_ONCE) return undefined;
      const request = randomUUID();
      let timer: NodeJS.Timeout | undefined;
      const answer = new Promise<Explained | undefined>((resolve) => {
        timer = setTimeout(() => resolve(undefined), WITHIN_MS);
        waiting.set(request, resolve);
      });
      try {
        await redis.publish(keys.channels.wake(connection), questionText({ request, answerTo, ...about }));
        return await answer;
      } finally {
        clearTimeout(timer);
        waiting.delete(request);
      }
    },
    stop() {
      for (const give of waiting.values()) give(undefined);
    },
  };
}
