/** A provider of the OpenAI family from what is its own: profile, rows of outcomes, rows of limits. */
import { defineProvider, type Definition, type TabledProvider } from '../define.ts';
import type { LimitRow } from '../limit-readings.ts';
import type { Row } from '../outcome-table.ts';
import type { Profile } from '../provider.ts';
import { openaiAddress } from './client.ts';
import { familyLimits } from './limits.ts';
import { FAMILY_CODES, FAMILY_STATUSES } from './outcome.ts';

export interface OwnRows extends Partial<Pick<Definition, 'unfold' | 'addressOf' | 'lists'>> {
  readonly outcomes: readonly Row[];
  readonly limits: readonly LimitRow[];
}

export const familyProvider = (profile: Profile, { outcomes, limits, addressOf, ...own }: OwnRows): TabledProvider => defineProvider({
  profile, limits, rows: [...outcomes, ...FAMILY_CODES, ...FAMILY_STATUSES], addressOf: addressOf ?? openaiAddress(profile), ...own,
});

const MINUTE_MS = 60_000;

/** One that copied OpenAI's API and errors: a profile is all there is to it. */
export const compatible = (profile: Profile): TabledProvider =>
  familyProvider(profile, { outcomes: [], limits: familyLimits({ requestsMs: MINUTE_MS, tokensMs: MINUTE_MS }) });
