/** Some rows by their ids, where they are not final: each found by its key, however many others wait. */
import { createdAtOf } from '@sluice/domain';
import { type RawBuilder, sql } from 'kysely';
import { dayOf } from '../partitions.ts';

/**
 * A condition on `job`. The state is written so that no index of what waits answers it: right after a batch was accepted the
 * planner takes the table for a small one, and would read all 50,000 of its rows to end a hundred.
 */
export const theseQueued = (ids: readonly string[]): RawBuilder<boolean> => sql<boolean>`
  job.day = any(${[...new Set(ids.map((id) => dayOf(createdAtOf(id))))]}::date[]) and job.id = any(${ids}::text[]) and job.state || '' = 'queued'`;
