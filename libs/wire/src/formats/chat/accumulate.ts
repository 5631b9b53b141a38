/** What has been seen of an answer so far: enough to settle its cost and to tell a whole one from one that was cut. */
import type { Usage } from '@sluice/domain';
import { isError, type ChatEvent } from './events.ts';
import { objectOf, usageIn } from './usage.ts';

export interface ChatSeen {
  /** The provider's own counts, the last it gave. */
  readonly usage: Usage | null;
  /** At least one choice has its finish reason. */
  readonly finished: boolean;
  readonly terminated: boolean;
  readonly chunks: number;
  readonly textBytes: number;
}

export const NOTHING_SEEN: ChatSeen = { usage: null, finished: false, terminated: false, chunks: 0, textBytes: 0 };

/** Bytes of text to a token, where nobody counted: on the low side, so that the estimate is on the high side. */
const BYTES_PER_TOKEN = 4;

export function accumulate(seen: ChatSeen, event: ChatEvent): ChatSeen {
  switch (event.kind) {
    case 'comment':
      return seen;
    case 'terminator':
      return { ...seen, terminated: true };
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
export const outputEstimate = (seen: ChatSeen): number =>
  Math.max(seen.chunks, Math.ceil(seen.textBytes / BYTES_PER_TOKEN));

/** An answer that came in one piece. */
export type ChatAnswer =
  | { readonly kind: 'answer'; readonly seen: ChatSeen }
  /** An error under a 2xx status, or a body that is no JSON object. */
  | { readonly kind: 'error'; readonly body: unknown; readonly usage: Usage | null };

export function readChatAnswer(bytes: Buffer): ChatAnswer {
  const text = bytes.toString('utf8');
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { kind: 'error', body: text, usage: null };
  }
  const answer = objectOf(body);
  if (!answer || isError(body)) return { kind: 'error', body, usage: usageIn(body) };
  const textBytes = choiceTexts(answer['choices']).reduce((sum, piece) => sum + Buffer.byteLength(piece), 0);
  return { kind: 'answer', seen: { usage: usageIn(answer), finished: true, terminated: true, chunks: 0, textBytes } };
}

function choiceTexts(choices: unknown): string[] {
  return (Array.isArray(choices) ? choices : []).flatMap((choice) => textsIn(objectOf(choice)?.['message']));
}

/** Every string a message holds, at any depth that messages have: text, thoughts, arguments of calls. */
function textsIn(value: unknown, depth = 0): string[] {
  if (typeof value === 'string') return [value];
  if (depth > 6 || typeof value !== 'object' || value === null) return [];
  return Object.values(value).flatMap((inner) => textsIn(inner, depth + 1));
}
