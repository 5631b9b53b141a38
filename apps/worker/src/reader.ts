/**
 * Reads an answer as it comes and, at its end, tells what it was. There is one for streams, which passes events on, and
 * one for everything that comes in one piece: whole answers, and errors.
 */
import type { Frame, Head, Job, Outcome, Usage } from '@sluice/domain';
import { requestIdOf, type Answer, type AnswerHead, type CallFailure, type Provider } from '@sluice/providers';
import type { Granted } from '@sluice/queue';
import type { Warning } from '@sluice/wire';
import type { Answering } from './answering.ts';
import type { FrameCounter } from './frames.ts';

export interface Reader {
  /** A promise holds the provider back until it settles. */
  take(chunk: Buffer): Promise<void> | undefined;
  /** `failure`: why the call ended before the answer did, if so. */
  conclude(failure: CallFailure | null): Reading;
}

/** What was read. */
export interface Reading {
  /** null: the answer ended early and says nothing by itself; the call's failure is the outcome. */
  readonly outcome: Outcome | null;
  /** Not published yet. */
  readonly frames: readonly Frame[];
  /** Has any frame been published? */
  readonly begun: boolean;
  /** Of what was read so far, the provider's own counts or null. */
  readonly usage: Usage | null;
  /** Output tokens judged by what was read, where there are no counts; null: nothing was produced that we saw. */
  readonly outputSeen: number | null;
}

export interface ReaderContext {
  readonly job: Job;
  readonly granted: Granted;
  readonly provider: Provider;
  readonly answering: Answering;
  /** Of the request, as it was converted. */
  readonly warnings: readonly string[];
  readonly head: AnswerHead;
  readonly sentAt: number;
  readonly frames: FrameCounter;
  /** Resolves when the frames are kept. */
  readonly publish: (frames: readonly Frame[]) => Promise<void>;
  /** Nothing after this matters: the call may be ended. */
  readonly onDone: () => void;
}

export function headFrame(context: ReaderContext, isStream: boolean): Frame {
  const { job, granted, provider, answering, head, sentAt, frames } = context;
  const contentType = head.headers['content-type'];
  const data: Head = {
    status: head.status,
    contentType: answering.contentType(isStream) ?? (typeof contentType === 'string' ? contentType : 'application/json'),
    attempt: granted.a,
    route: granted.r,
    queueMs: Math.max(0, sentAt - job.createdAt),
    upstreamRequestId: requestIdOf(provider.profile, head.headers),
    warnings: [...context.warnings, ...answering.warnings().map(saidOf)],
  };
  return frames.head(data);
}

/** `path: reason`, as it stands in the header. */
export const saidOf = ({ path, reason }: Warning): string => (path === '' ? reason : `${path}: ${reason}`);

export const answerOf = (head: AnswerHead, body: unknown): Answer =>
  ({ status: head.status, headers: head.headers, body, receivedAt: head.at });

/** Counts where the provider gave none: the input as it was estimated, the output as it was seen. */
export const estimatedUsage = (job: Job, outputTokens: number): Usage => ({
  inputTokens: job.estimate.inputTokens, cachedInputTokens: 0, outputTokens, reasoningTokens: 0, source: 'estimated',
});
