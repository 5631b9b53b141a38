/**
 * What webhooks tell of: OpenAI's names where they exist, so that `client.webhooks.unwrap` of its SDKs knows them, and
 * `job.*` for what OpenAI has no name for. A batch tells of itself; its lines do not.
 */
import type { FinalState } from '../state.ts';

/** By the end of a job. OpenAI knows no response that expired: it is one that failed. */
export const JOB_EVENTS = {
  completed: 'job.completed', failed: 'job.failed', cancelled: 'job.cancelled', expired: 'job.expired',
} as const satisfies Record<FinalState, string>;

/** The same for a job of `/v1/responses`; one that ended before its answer was whole is `response.incomplete`. */
export const RESPONSE_EVENTS = {
  completed: 'response.completed', failed: 'response.failed', cancelled: 'response.cancelled', expired: 'response.failed',
} as const satisfies Record<FinalState, string>;

export const BATCH_EVENTS = {
  completed: 'batch.completed', failed: 'batch.failed', cancelled: 'batch.cancelled', expired: 'batch.expired',
} as const satisfies Record<FinalState, string>;

export const EVENT_TYPES = [
  'response.completed', 'response.failed', 'response.cancelled', 'response.incomplete',
  'batch.completed', 'batch.failed', 'batch.cancelled', 'batch.expired',
  'job.completed', 'job.failed', 'job.cancelled', 'job.expired',
  'webhook.test',
] as const;
export type EventType = (typeof EVENT_TYPES)[number];

export interface WebhookEvent {
  /** `evt_…`: one for each thing that became final, whoever is told of it and however often. */
  readonly id: string;
  readonly type: EventType;
  /** Epoch ms. */
  readonly createdAt: number;
  /** The id of the response, batch or job. */
  readonly subject: string;
  /** The stored answer as JSON text, where the receiver asked for it; null: not asked for, or none that is JSON. */
  readonly result: string | null;
}

/** A larger answer is left out; the receiver fetches it by the id. */
export const INLINE_RESULT_BYTES = 256 * 1024;

/** The body of a delivery, the same to the byte in every try. The answer keeps its bytes, unless it is too large: then it is left out. */
export function eventBody({ id, type, createdAt, subject, result }: WebhookEvent): string {
  const head = { object: 'event', id, type, created_at: Math.floor(createdAt / 1_000) };
  if (result === null || Buffer.byteLength(result) > INLINE_RESULT_BYTES) return JSON.stringify({ ...head, data: { id: subject } });
  return `${JSON.stringify(head).slice(0, -1)},"data":{"id":${JSON.stringify(subject)},"result":${result}}}`;
}
