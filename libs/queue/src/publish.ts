/**
 * Live frames: added to their replay streams first, then published, many jobs in one round trip.
 *
 * A worker that was stopped past its lease and continued must not write into the answer of the attempt that took its
 * place. So the head, the first frame of an answer, is added by a script that compares the claim; once it is there, a
 * rescuer finds the answer begun and ends it, and behind the end frame nothing can be added. Frames behind the head need no
 * script: they go where the head went, or nowhere.
 */
import type { Frame } from '@sluice/domain';
import { batched, groupBy } from './batch.ts';
import { encode } from './frames.ts';
import { BEGIN_ANSWER } from './lua/attempt.ts';
import type { OpenQueue } from './open.ts';
import { run } from './script.ts';

/** The claim on whose behalf frames are written. */
export interface Writer {
  readonly grant: number;
  readonly token: string;
  readonly reply: string;
  /** The answer has begun: frames of it are in Redis, and nowhere else. */
  begun: boolean;
  fenced: boolean;
}

interface Item {
  readonly writer: Writer;
  readonly frames: readonly Frame[];
}

const AT_ONCE = 256;

/** Resolves when Redis has the frames; rejects when the claim was lost or the replay stream is gone. */
export function publisher(queue: OpenQueue): (writer: Writer, frames: readonly Frame[]) => Promise<void> {
  const send = batched<Item, boolean>(AT_ONCE, (items) => sendAll(queue, items));
  return async (writer, frames) => {
    if (!await send({ writer, frames })) throw new Error(`the claim on ${frames[0]?.job} was lost: its frames are not kept`);
  };
}

/** For each item whether it was kept. */
async function sendAll({ redis, keys }: OpenQueue, items: readonly Item[]): Promise<boolean[]> {
  const beginning = new Set(items.filter(({ frames }) => frames[0]?.kind === 'head').map(({ writer }) => writer));
  const heads = [...beginning].map(async (writer) => {
    const frames = items.filter((item) => item.writer === writer).flatMap((item) => item.frames);
    const job = frames[0]?.job ?? '';
    const kept = await run(redis, BEGIN_ANSWER, [keys.job(job), keys.frames(job)],
      [writer.grant, writer.token, `${keys.prefix}:reply:`, encode(frames), ...frames.flatMap(({ seq, kind, data }) => [seq, kind, data])]);
    if (kept === 1) writer.begun = true;
    else writer.fenced = true;
  });
  await Promise.all([...heads, addAll({ redis, keys }, items.filter(({ writer }) => !beginning.has(writer) && !writer.fenced))]);
  return items.map(({ writer }) => !writer.fenced);
}

async function addAll({ redis, keys }: Pick<OpenQueue, 'redis' | 'keys'>, items: readonly Item[]): Promise<void> {
  if (items.length === 0) return;
  const pipeline = redis.pipeline();
  const added: Writer[] = [];
  for (const { writer, frames } of items) {
    for (const { job, seq, kind, data } of frames) {
      pipeline.xadd(keys.frames(job), 'NOMKSTREAM', `${seq}-0`, 'k', kind, 'd', data);
      added.push(writer);
    }
  }
  for (const [reply, group] of groupBy(items, ({ writer }) => writer.reply)) {
    const message = encode(group.flatMap(({ frames }) => frames));
    if (message.length > 0) pipeline.publish(keys.channels.reply(reply), message);
  }
  const answers = (await pipeline.exec()) ?? [];
  added.forEach((writer, index) => {
    const [error, id] = answers[index] ?? [null, null];
    if (error || id === null) writer.fenced = true; // the stream has its end, or is gone
  });
}
