/** What has been seen of an answer, in whatever format: enough to settle its cost and to tell a whole one from one that was cut. */
import type { Usage } from '@sluice/domain';

export type SeenEvent =
  /** Nothing for the client's code: a comment, or an event without data. */
  | { readonly kind: 'comment' }
  | { readonly kind: 'chunk'; readonly usage: Usage | null; readonly finished: boolean; readonly textBytes: number }
  /** The provider says, in the middle of a 200, that it failed. `body` is the parsed data. */
  | { readonly kind: 'error'; readonly body: unknown; readonly usage: Usage | null }
  /** Nothing comes after this: `[DONE]`, `message_stop`, `response.completed`. */
  | { readonly kind: 'terminator'; readonly usage: Usage | null };

export interface Seen {
  /** The provider's own counts, the last it gave. */
  readonly usage: Usage | null;
  /** At least one choice has its finish reason. */
  readonly finished: boolean;
  readonly terminated: boolean;
  readonly chunks: number;
  readonly textBytes: number;
}

export const NOTHING_SEEN: Seen = { usage: null, finished: false, terminated: false, chunks: 0, textBytes: 0 };

/** Bytes of text to a token, where nobody counted: on the low side, so that the estimate is on the high side. */
const BYTES_PER_TOKEN = 4;

export function accumulate(seen: Seen, event: SeenEvent): Seen {
  switch (event.kind) {
    case 'comment':
      return seen;
    case 'terminator':
      return { ...seen, terminated: true, usage: event.usage ?? seen.usage };
    case 'error':
      return event.usage ? { ...seen, usage: event.usage } : seen;
    case 'chunk':
      return {
        usage: event.usage ?? seen.usage,
        finished: seen.finished || event.finished,
        terminated: seen.terminated,
        chunks: seen.chunks + (event.textBytes > 0 ? 1 : 0),
        textBytes: seen.textBytes + event.textBytes,
      };
    default:
      return event satisfies never;
  }
}

/** Output tokens from what was seen, where the provider gave no counts: a chunk holds at least one token. */
export const outputEstimate = (seen: Seen): number => Math.max(seen.chunks, Math.ceil(seen.textBytes / BYTES_PER_TOKEN));

/** An answer that came in one piece. */
export type SeenAnswer =
  | { readonly kind: 'answer'; readonly seen: Seen }
  /** An error under a 2xx status, or a body that is no JSON object. */
  | { readonly kind: 'error'; readonly body: unknown; readonly usage: Usage | null };
