/**
 * A streamed answer: every event is passed on as it came, or as what it is converted to, one frame each, in order.
 *
 *   waiting ──first event of the answer──▶ begun ──its last──▶ done
 *      └──────────── an error event ─────────┴────────────▶ failed
 *
 * Until the answer begins nothing is published, not even the head: comments come while the provider still queues, and
 * an error in place of the first event leaves every other route open. The terminator is never published here: it goes
 * with the recorded end, so that no client takes for complete what is not.
 */
import type { Frame, Outcome } from '@sluice/domain';
import { accumulate, dataOf, NOTHING_SEEN, outputEstimate, type Seen, type SeenEvent } from '@sluice/wire';
import type { CallFailure } from '@sluice/providers';
import { answerOf, estimatedUsage, headFrame, saidOf, type Reader, type ReaderContext, type Reading } from './reader.ts';

/** Published and not yet kept: above this the provider is held back until Redis has caught up. */
const UNKEPT_BYTES = 256 * 1024;
/** An event larger than this is no event of a conversation: the stream is given up. */
const LARGEST_EVENT_BYTES = 16 * 1024 * 1024;
const tooLarge = (what: string): StreamError => ({ kind: 'error', usage: null, body: { error: { message: `${what} was too large` } } });
/** All frames of an answer are kept until their readers have them. */
const LARGEST_ANSWER_BYTES = 64 * 1024 * 1024;

type StreamError = Extract<SeenEvent, { kind: 'error' }>;

export function readStream(context: ReaderContext): Reader {
  const stream = openStream(context);
  const { job, provider } = context;
  return {
    take: (chunk) => stream.take(chunk),
    conclude(failure): Reading {
      const { seen, error, begun, tail } = stream.finish(failure);
      const outputSeen = begun || seen.chunks > 0 ? outputEstimate(seen) : null;
      const reading = { begun, usage: seen.usage, outputSeen };
      if (error !== undefined) {
        const refusal = provider.outcomeOf(answerOf(context.head, error.body));
        return { ...reading, frames: tail, outcome: withUsage(refusal, reading) };
      }

      const needsNone = provider.profile.terminator === 'optional' || !context.answering.read.hasTerminator;
      const isWhole = seen.terminated || (failure === null && seen.finished && needsNone);
      if (!isWhole) return { ...reading, frames: tail, outcome: failure === null ? cutShort(reading) : null };
      const usage = seen.usage ?? estimatedUsage(job, outputSeen ?? 0);
      return { ...reading, frames: [...tail, ...stream.last()], outcome: { kind: 'completed', usage } };
    },
  };
}

/** What is known of the stream so far. */
interface Stream {
  readonly context: ReaderContext;
  seen: Seen;
  error: StreamError | undefined;
  terminator: Buffer | undefined;
  begun: boolean;
  /** How many warnings the head has told. */
  told: number;
  /** Comments before the answer begins. */
  early: Buffer[];
}

function openStream(context: ReaderContext) {
  const splitter = context.provider.splitEvents();
  const stream: Stream = { context, seen: NOTHING_SEEN, error: undefined, terminator: undefined, begun: false, told: 0, early: [] };
  let unkept = 0;
  let received = 0;

  const publish = (frames: readonly Frame[], bytes: number): Promise<void> | undefined => {
    const isBehind = unkept + bytes > UNKEPT_BYTES;
    unkept += bytes;
    const kept = context.publish(frames).then(() => {
      unkept -= bytes;
    });
    if (isBehind) return kept;
    // The publisher itself remembers a failure and gives the call up.
    kept.catch(() => undefined);
    return undefined;
  };

  return {
    take(chunk: Buffer): Promise<void> | undefined {
      const frames = splitter.push(chunk).flatMap((event) => framesOf(stream, event));
      received += chunk.length;
      const excess = splitter.held() > LARGEST_EVENT_BYTES ? 'an event of the stream' : received > LARGEST_ANSWER_BYTES ? 'the stream (more than 64 MB)' : null;
      if (excess !== null) {
        stream.error ??= tooLarge(excess);
        context.onDone();
      }
      return frames.length === 0 ? undefined : publish(frames, chunk.length);
    },
    finish(failure: CallFailure | null) {
      const { begun } = stream;
      const rest = failure === null ? splitter.rest() : undefined;
      const tail = rest && (rest.whole || isComplete(rest.bytes)) ? framesOf(stream, rest.bytes) : [];
      return { seen: stream.seen, error: stream.error, begun, tail };
    },
    /** What ends a whole answer. */
    last(): Frame[] {
      const [first, ...events] = context.answering.ending(stream.terminator);
      if (!first) return [];
      const head = begin(stream);
      return [...head, ...[withLateWarnings(stream, first), ...events].map((event) => context.frames.data(event))];
    },
  };
}

/** What one event adds to what is published. */
function framesOf(stream: Stream, bytes: Buffer): Frame[] {
  if (stream.error || stream.terminator) return [];
  const { context } = stream;
  const event = context.answering.read.event(bytes);
  stream.seen = accumulate(stream.seen, event);
  switch (event.kind) {
    case 'comment':
      if (stream.begun) return sent(stream, bytes);
      stream.early.push(...context.answering.events(bytes));
      return [];
    case 'chunk':
      return [...begin(stream), ...sent(stream, bytes)];
    case 'error':
      stream.error = event;
      context.onDone();
      return []; // The edge tells it, in the client's format and once.
    case 'terminator':
      stream.terminator = bytes;
      context.onDone();
      return [];
    default:
      return event satisfies never;
  }
}

const sent = ({ context }: Stream, event: Buffer): Frame[] => context.answering.events(event).map((bytes) => context.frames.data(bytes));

/** The head, and the comments that came before the answer; nothing when it has begun. */
function begin(stream: Stream): Frame[] {
  if (stream.begun) return [];
  stream.begun = true;
  stream.told = stream.context.answering.warnings().length;
  return [headFrame(stream.context, true), ...stream.early.splice(0).map((event) => stream.context.frames.data(event))];
}

/** As many as a header has. */
const MOST_CHARACTERS = 1_000;

/** What could not be said and showed only behind the head stands in a comment, in the words that a header would have. */
function withLateWarnings({ context, told }: Stream, event: Buffer): Buffer {
  const late = context.answering.warnings().slice(told).map(saidOf);
  return late.length === 0 ? event : Buffer.concat([Buffer.from(`: sluice ${JSON.stringify({ 'x-sluice-warnings': late.join('; ').slice(0, MOST_CHARACTERS) })}\n`), event]);
}

/** The last event may lack its blank line: it counts where it is complete without. */
function isComplete(bytes: Buffer): boolean {
  const data = dataOf(bytes);
  if (data === undefined || data.trim() === '[DONE]') return data !== undefined;
  try {
    JSON.parse(data);
    return true;
  } catch {
    return false;
  }
}

const withUsage = (refusal: Outcome, { usage }: Pick<Reading, 'usage'>): Outcome =>
  refusal.kind === 'failed' ? { ...refusal, usage } : refusal;

const cutShort = ({ usage }: Pick<Reading, 'usage'>): Outcome => ({
  kind: 'failed', failure: 'cut', tryNext: 'next', usage,
  error: { status: null, code: null, message: 'the stream ended without its terminator' },
});
