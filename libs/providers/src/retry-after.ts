/** How long a refusal at a limit lasts, from the first source that says so. */
import type { LimitReading } from '@sluice/domain';
import { durationInMessage, LONGEST_MS, retryAfterHeaderMs } from './durations.ts';
import { headerOf, type Headers } from './provider.ts';

export interface RetrySources {
  readonly headers: Headers;
  readonly readings: readonly LimitReading[];
  readonly message: string;
  readonly receivedAt: number;
}

/** Refusals cost a job nothing, so that a provider which says "at once" again and again would be asked without pause. */
const SHORTEST_MS = 100;

/** `retry-after-ms`, `retry-after`, the reset of a limit that is used up, the message; null when none of them tells. */
export function retryAfterMsOf(sources: RetrySources): number | null {
  const told = [exactly, retryAfter, longestReset, inMessage].map((source) => source(sources));
  // Nothing, or a time that has passed, is no answer: the next source may have one.
  const first = told.find((ms) => ms !== null && ms > 0);
  return first === undefined || first === null ? null : Math.max(SHORTEST_MS, first);
}

function exactly({ headers }: RetrySources): number | null {
  const text = headerOf(headers, 'retry-after-ms');
  return text !== null && /^\d+(\.\d+)?$/.test(text) ? Math.min(LONGEST_MS, Math.ceil(Number(text))) : null;
}

function retryAfter({ headers, receivedAt }: RetrySources): number | null {
  const text = headerOf(headers, 'retry-after');
  return text === null ? null : retryAfterHeaderMs(text, receivedAt);
}

/** Of the limits that are used up, the one that takes longest: before it the call would be refused again. */
function longestReset({ readings }: RetrySources): number | null {
  const resets = readings.flatMap(({ remaining, resetMs }) => (remaining === 0 && resetMs !== null ? [resetMs] : []));
  return resets.length === 0 ? null : Math.max(...resets);
}

const inMessage = ({ message }: RetrySources): number | null => durationInMessage(message);
