/**
 * How long a call may be held. A client that is not streamed to gives up on a silent call after a time of its own, so
 * holding and expected generation together must end before it does.
 */
import type { IncomingHttpHeaders } from 'node:http';

export interface HoldQuestion {
  readonly headers: IncomingHttpHeaders;
  readonly stream: boolean;
  /** Epoch ms. */
  readonly now: number;
  /** What the caller asked for, else what the resource says, else null. */
  readonly maxWaitMs: number | null;
  /** The caller's own, epoch ms, or null. */
  readonly deadline: number | null;
  readonly outputTokens: number;
  /** Nobody has to be waiting. */
  readonly async?: boolean;
}

export interface Hold {
  /** Epoch ms: not to be started after, and an unfinished call then expires. */
  readonly startBy: number;
  readonly deadline: number;
  /** `102 Processing` is sent each minute: this client's timer is reset by it. */
  readonly processing: boolean;
}

const MINUTE_MS = 60_000;
const MAX_WAIT_MS = { whole: 4 * MINUTE_MS, streamed: 10 * MINUTE_MS };
/** Node's HTTP layer gives up after 300 s of silence, whatever the SDK on top of it says. */
const WHOLE_MS = 285_000;
const WHOLE_WITH_PROCESSING_MS = 570_000;
/** A stream that has begun is bounded by the worker's own limits on silence; this only keeps a job from living for ever. */
const STREAMED_MS = 2 * 60 * MINUTE_MS;
const ASYNC_MS = 24 * 60 * MINUTE_MS;
const MARGIN_MS = 15_000;
/** Slower than what most models write at; held against calls that are not streamed, to leave them time to finish. */
const MS_PER_OUTPUT_TOKEN = 15;

export function holdOf(question: HoldQuestion): Hold {
  return question.async ? unheld(question) : held(question);
}

/** As long as the caller says, and a day at most. */
function unheld({ now, maxWaitMs, deadline }: HoldQuestion): Hold {
  const endBy = Math.floor(Math.min(now + ASYNC_MS, deadline ?? Number.POSITIVE_INFINITY));
  return { startBy: Math.min(endBy, now + (maxWaitMs ?? ASYNC_MS)), deadline: endBy, processing: false };
}

function held({ headers, stream, now, maxWaitMs, deadline, outputTokens }: HoldQuestion): Hold {
  const processing = !stream && readsProcessing(headers);
  const allowedMs = stream ? STREAMED_MS : Math.min(processing ? WHOLE_WITH_PROCESSING_MS : WHOLE_MS, clientPatienceMs(headers));
  const endBy = Math.min(now + allowedMs, deadline ?? Number.POSITIVE_INFINITY);
  const remainingMs = endBy - now;
  const generationMs = stream ? 0 : Math.min(outputTokens * MS_PER_OUTPUT_TOKEN, remainingMs / 2);
  const waitMs = Math.min(maxWaitMs ?? (stream ? MAX_WAIT_MS.streamed : MAX_WAIT_MS.whole), remainingMs - generationMs);
  return { startBy: Math.floor(now + waitMs), deadline: Math.floor(endBy), processing };
}

/** Those clients' timers are reset by a 102; others take it for the answer. */
const readsProcessing = (headers: IncomingHttpHeaders): boolean =>
  headers['x-stainless-lang'] !== undefined || /^ai(-sdk)?\//.test(headers['user-agent'] ?? '');

/** What the SDK says of its own patience, less a margin for the way there and back; both headers are in seconds. */
function clientPatienceMs(headers: IncomingHttpHeaders): number {
  const said = [headers['x-stainless-read-timeout'], headers['x-stainless-timeout']].map(Number).filter((seconds) => seconds > 0);
  if (said.length === 0) return Number.POSITIVE_INFINITY;
  const ms = Math.min(...said) * 1_000;
  // A client of little patience would be left with nothing by the whole margin.
  return Math.max(ms - MARGIN_MS, ms / 4);
}
