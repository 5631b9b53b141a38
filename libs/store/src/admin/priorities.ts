/** What operators change about priorities: their shares. */
import { type Priority, SluiceError } from '@sluice/domain';
import type { Kysely } from 'kysely';
import { type Asked, type Changed, changeRow, mustBe } from './change.ts';

export type Shares = Pick<Priority, 'reserved' | 'ceiling' | 'agesAfterMs'>;

/** Throws `invalid_request` where the shares of all priorities do not go together. */
export function changePriority(db: Kysely<unknown>, asked: Omit<Asked, 'kind'>, change: Partial<Shares>): Promise<Changed> {
  return changeRow(db, { ...asked, kind: 'priority' }, (row, rows) => {
    const before = mustBe(row, 'priority', asked.name);
    const after = {
      ...before, reserved: change.reserved ?? before['reserved'] ?? 0, ceiling: change.ceiling ?? before['ceiling'] ?? 100,
      ages_after_ms: change.agesAfterMs === undefined ? before['ages_after_ms'] ?? null : change.agesAfterMs,
    };
    if (Number(after.reserved) > Number(after.ceiling)) {
      throw new SluiceError('invalid_request', `reserved ${String(after.reserved)} is above the ceiling ${String(after.ceiling)}`, { param: 'reserved' });
    }
    const others = rows.priority.filter(({ name }) => name !== asked.name).reduce((sum, each) => sum + Number(each['reserved']), 0);
    if (others + Number(after.reserved) > 100) {
      throw new SluiceError('invalid_request', `the reserved shares would be ${others + Number(after.reserved)} %, and 100 % is all there is`, { param: 'reserved' });
    }
    return { action: 'updated', after };
  });
}
