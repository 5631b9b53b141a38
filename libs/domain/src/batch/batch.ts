/**
 * A batch: a file of requests, each line a job of its own.
 *
 *   validating ──▶ in_progress ──▶ finalizing ──▶ completed | expired
 *       │               │               ▲
 *       │               └─▶ cancelling ─┴───────▶ cancelled
 *       └──▶ failed                                            (the input is not valid: nothing of it was run)
 */
export const BATCH_STATUSES = [
  'validating', 'failed', 'in_progress', 'finalizing', 'completed', 'expired', 'cancelling', 'cancelled',
] as const;
export type BatchStatus = (typeof BATCH_STATUSES)[number];

/** What is wrong with one line of the input; `line` counts from 1, null: the file as a whole. */
export interface BatchError {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
  readonly line: number | null;
}

export interface BatchCounts {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
  readonly cancelled: number;
  readonly expired: number;
}

export interface BatchUsage {
  readonly inputTokens: number;
  readonly cachedInputTokens: number;
  readonly outputTokens: number;
  readonly reasoningTokens: number;
}

export interface BatchOutcome {
  readonly counts: BatchCounts;
  readonly usage: BatchUsage;
  /** The model that answered, where it was always the same. */
  readonly model: string | null;
}

/** Of a batch whose lines are not known yet. */
export const NO_OUTCOME: BatchOutcome = {
  counts: { total: 0, completed: 0, failed: 0, cancelled: 0, expired: 0 },
  usage: { inputTokens: 0, cachedInputTokens: 0, outputTokens: 0, reasoningTokens: 0 },
  model: null,
};

/** What a caller may set beside OpenAI's fields. */
export interface BatchOptions {
  readonly priority: string;
  readonly webhook: { readonly url: string; readonly events: readonly string[] | null } | null;
}

/** Times are epoch ms. */
export interface Batch {
  readonly id: string;
  readonly environmentId: string;
  readonly apiKeyId: string;
  /** As OpenAI names it: `/v1/chat/completions`. */
  readonly endpoint: string;
  readonly completionWindow: string;
  readonly inputFileId: string;
  readonly outputFileId: string | null;
  readonly errorFileId: string | null;
  readonly status: BatchStatus;
  readonly errors: readonly BatchError[];
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly options: BatchOptions;
  /** Lines; 0 until they are known. */
  readonly total: number;
  /** What became of its lines, once all have their end. */
  readonly outcome: BatchOutcome | null;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly inProgressAt: number | null;
  readonly finalizingAt: number | null;
  readonly completedAt: number | null;
  readonly failedAt: number | null;
  readonly expiredAt: number | null;
  readonly cancellingAt: number | null;
  readonly cancelledAt: number | null;
}

export const MOST_BATCH_LINES = 50_000;
export const MOST_BATCH_ERRORS = 100;

export const isFinalBatch = (status: BatchStatus): boolean => status === 'failed' || status === 'completed' || status === 'expired' || status === 'cancelled';

/** How it ends once every line has: lines that expired make an expired batch, unless somebody had cancelled it. */
export function batchEnd({ cancellingAt }: Pick<Batch, 'cancellingAt'>, { expired }: Pick<BatchCounts, 'expired'>): 'completed' | 'expired' | 'cancelled' {
  if (cancellingAt !== null) return 'cancelled';
  return expired > 0 ? 'expired' : 'completed';
}

const seconds = (ms: number | null): number | null => (ms === null ? null : Math.floor(ms / 1_000));

/** As OpenAI shows it, field for field. */
export function batchObject(batch: Batch, { counts, usage, model }: BatchOutcome) {
  return {
    id: batch.id, object: 'batch', endpoint: batch.endpoint, model,
    errors: batch.errors.length === 0 ? null : { object: 'list', data: batch.errors },
    input_file_id: batch.inputFileId, completion_window: batch.completionWindow, status: batch.status,
    output_file_id: batch.outputFileId, error_file_id: batch.errorFileId,
    created_at: seconds(batch.createdAt), in_progress_at: seconds(batch.inProgressAt), expires_at: seconds(batch.expiresAt),
    finalizing_at: seconds(batch.finalizingAt), completed_at: seconds(batch.completedAt), failed_at: seconds(batch.failedAt),
    expired_at: seconds(batch.expiredAt), cancelling_at: seconds(batch.cancellingAt), cancelled_at: seconds(batch.cancelledAt),
    // What OpenAI counts as failed is every line without an answer.
    request_counts: { total: counts.total, completed: counts.completed, failed: counts.failed + counts.cancelled + counts.expired },
    usage: {
      input_tokens: usage.inputTokens, output_tokens: usage.outputTokens, total_tokens: usage.inputTokens + usage.outputTokens,
      input_tokens_details: { cached_tokens: usage.cachedInputTokens }, output_tokens_details: { reasoning_tokens: usage.reasoningTokens },
    },
    metadata: batch.metadata,
  };
}
