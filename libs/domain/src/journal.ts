/** What the journal holds: flat records, drained into Postgres (`audit`, `audit_attempt`) and QuestDB (`attempts`). Times epoch ms. */
import type { FinalState } from './state.ts';

export interface AttemptRecord {
  readonly v: 1;
  readonly kind: 'attempt';
  readonly job: string;
  readonly attempt: number;
  readonly workspace: string;
  readonly environment: string;
  readonly connection: string;
  readonly resource: string;
  readonly provider: string;
  readonly model: string;
  readonly priority: string;
  readonly tenant: string;
  readonly mode: string;
  readonly outcome: string;
  readonly errorCode: string | null;
  readonly errorMessage: string | null;
  readonly httpStatus: number | null;
  readonly upstreamRequestId: string | null;
  readonly queuedAt: number;
  readonly grantedAt: number;
  readonly sentAt: number | null;
  readonly firstByteAt: number | null;
  readonly endedAt: number;
  readonly inputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly outputTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly reservedTokens: number;
  readonly usageSource: string | null;
}

export interface JobRecord {
  readonly v: 1;
  readonly kind: 'job';
  readonly job: string;
  readonly workspace: string;
  readonly environment: string;
  readonly apiKey: string;
  readonly tenant: string;
  readonly resource: string;
  readonly priority: string;
  readonly endpoint: string;
  readonly mode: string;
  readonly stream: boolean;
  readonly state: FinalState;
  readonly errorCode: string | null;
  readonly attempts: number;
  /** Of the last attempt; null when the job never left its lane. */
  readonly connection: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly inputTokens: number | null;
  readonly cachedInputTokens: number | null;
  readonly outputTokens: number | null;
  readonly reasoningTokens: number | null;
  readonly createdAt: number;
  readonly startedAt: number | null;
  readonly endedAt: number;
  readonly bodyBytes: number;
  readonly correlationId: string | null;
  readonly tags: readonly string[];
  readonly metadata: Readonly<Record<string, string>>;
}

export type JournalRecord = AttemptRecord | JobRecord;

/** Where metrics go: QuestDB, or the Postgres stand-in. `write` resolves when the rows are kept, and may be repeated. */
export interface MetricSink {
  write(rows: readonly AttemptRecord[], signal: AbortSignal): Promise<void>;
  stop(): Promise<void>;
}

/** What is measured of an attempt: the columns of `attempts` that follow from its record. Milliseconds; null: it never came so far. */
export interface Measures {
  /** Waiting for its permit. */
  readonly queueMs: number;
  /** From sending the request to the first byte of the answer. */
  readonly ttftMs: number | null;
  /** The whole attempt, from its lane to its end. */
  readonly totalMs: number;
  /** Output tokens over the time from sending to the end: comparable between streamed and whole answers. */
  readonly tokensPerSecond: number | null;
}

/** Times come from one Redis clock; a negative difference would be noise of its resolution. */
export function measuresOf(record: AttemptRecord): Measures {
  const { queuedAt, grantedAt, sentAt, firstByteAt, endedAt, outputTokens } = record;
  const between = (from: number, to: number) => Math.max(0, Math.round(to - from));
  const callMs = sentAt === null ? 0 : between(sentAt, endedAt);
  return {
    queueMs: between(queuedAt, grantedAt),
    ttftMs: sentAt === null || firstByteAt === null ? null : between(sentAt, firstByteAt),
    totalMs: between(queuedAt, endedAt),
    tokensPerSecond: callMs > 0 && outputTokens !== null ? (outputTokens * 1000) / callMs : null,
  };
}
