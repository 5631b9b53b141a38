/**
 * One numbered piece of an answer on its way back. `seq` counts from 1 within a job and has no gaps; the `end` frame is
 * the last and stands at END_SEQ in the replay stream, so that no late writer can add anything behind it.
 */
import type { ErrorCode } from './errors.ts';
import type { ProviderError, Usage } from './outcome.ts';
import type { FinalState } from './state.ts';

export type FrameKind = 'head' | 'data' | 'end';

export interface Frame {
  readonly job: string;
  readonly seq: number;
  readonly kind: FrameKind;
  readonly data: Buffer;
}

export const END_SEQ = Number.MAX_SAFE_INTEGER;

/** Data of a `head` frame: the provider has answered 2xx and the answer begins. */
export interface Head {
  readonly status: number;
  readonly contentType: string;
  readonly attempt: number;
  readonly route: number;
  readonly queueMs: number;
  readonly upstreamRequestId: string | null;
  readonly warnings: readonly string[];
}

/** Data of an `end` frame: the job is final. */
export interface End {
  readonly state: FinalState;
  /** `seq` of the last `head` or `data` frame: a reader that has fewer has a gap to fill. */
  readonly last: number;
  readonly attempts: number;
  readonly usage: Usage | null;
  readonly error: EndError | null;
  /** Where the job ended without a head: what the answer headers tell of the last attempt. */
  readonly route: number | null;
  readonly queueMs: number;
}

export interface EndError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly param: string | null;
  readonly retryAfterMs: number | null;
  readonly provider: ProviderError | null;
}
