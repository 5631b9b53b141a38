/** What was used, over any time, grouped by any of the dimensions: the question, its answer, and who answers it. */
export const USAGE_DIMENSIONS = ['connection', 'resource', 'provider', 'model', 'priority', 'tenant', 'mode', 'outcome'] as const;
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

export const USAGE_INTERVALS = ['minute', 'hour', 'day'] as const;
export type UsageInterval = (typeof USAGE_INTERVALS)[number];

export interface UsageQuestion {
  /** Id. */
  readonly environment: string;
  /** Of the ends of attempts, epoch ms: `from ≤ t < to`. */
  readonly from: number;
  readonly to: number;
  readonly by: readonly UsageDimension[];
  /** A row for each of these as well; null: one for the whole time. */
  readonly interval: UsageInterval | null;
}

/** Of all attempts of a group. Tokens are those the providers told of; milliseconds are 0 where nothing was measured. */
export interface UsageRow {
  /** Of the interval; null without one. */
  readonly at: number | null;
  readonly group: Readonly<Partial<Record<UsageDimension, string>>>;
  readonly attempts: number;
  readonly completed: number;
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  /** US dollars; null where no model of the group has a price, or the source keeps none. */
  readonly cost: number | null;
  readonly queueMsMean: number;
  readonly queueMsMax: number;
  readonly firstByteMsMean: number;
  readonly totalMsMean: number;
}

/** More groups than this are cut off, the largest first. */
export const MOST_USAGE_ROWS = 5_000;

export interface UsageSource {
  /** As an operator is told of it. */
  readonly name: 'questdb' | 'postgres';
  usage(question: UsageQuestion): Promise<readonly UsageRow[]>;
}
