/** Tells Postgres how a kept job ended, with the id its provider gave the answer. */
import type { Frame } from '@sluice/domain';
import type { Commit } from '@sluice/queue';
import type { Store } from '@sluice/store';
import { answerIdIn } from '@sluice/wire';

/** A stream that names itself does so in its first events. */
const LOOKED_AT = 8;

export const commitTo = (store: Pick<Store, 'jobs'>): Commit => async (final) => {
  const { end } = await store.jobs.finish(final, answerIdOf(final.frames));
  return end;
};

function answerIdOf(frames: readonly Frame[]): string | null {
  for (const { kind, data } of frames.slice(0, LOOKED_AT)) {
    const id = kind === 'data' ? answerIdIn(data) : null;
    if (id !== null) return id;
  }
  return null;
}
