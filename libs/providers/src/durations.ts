/** Times as providers write them. All results in ms; null for what is none. */

const UNITS = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1 } as const;
const PART = /(\d+(?:\.\d+)?)(ms|d|h|m|s)/gy;
const NUMBER = /^\d+(?:\.\d+)?$/;
/** Nothing useful is known about longer: a broken clock or unit must not stop a connection for ever. */
export const LONGEST_MS = 24 * 3_600_000;

const bounded = (ms: number): number => Math.min(LONGEST_MS, Math.max(0, Math.ceil(ms)));

/** `6m0s`, `1m0.198s`, `20ms`, `224.999999ms`, `1h2m`; a bare number is seconds. */
export function durationMs(text: string): number | null {
  const trimmed = text.trim();
  if (NUMBER.test(trimmed)) return bounded(Number(trimmed) * 1_000);
  PART.lastIndex = 0;
  let total = 0;
  let end = 0;
  for (let part = PART.exec(trimmed); part; part = PART.exec(trimmed)) {
    total += Number(part[1]) * UNITS[part[2] as keyof typeof UNITS]; // the expression allows no other unit
    end = PART.lastIndex;
  }
  return end > 0 && end === trimmed.length ? bounded(total) : null;
}

/** `Retry-After`: seconds, or an HTTP date. */
export function retryAfterHeaderMs(text: string, now: number): number | null {
  const trimmed = text.trim();
  if (NUMBER.test(trimmed)) return bounded(Number(trimmed) * 1_000);
  const at = Date.parse(trimmed);
  return Number.isNaN(at) ? null : bounded(at - now);
}

/** Until a point in time: epoch ms, epoch seconds where it could be no ms, or as RFC 3339 writes it. */
export function instantMs(text: string, now: number): number | null {
  if (/^\d{4}-\d\d-\d\dT/.test(text)) {
    const at = Date.parse(text);
    return Number.isNaN(at) ? null : bounded(at - now);
  }
  if (!NUMBER.test(text.trim())) return null;
  const value = Number(text);
  return bounded((value < 100_000_000_000 ? value * 1_000 : value) - now);
}

/** "Please try again in 1m2.5s." in a message meant for people. */
export function durationInMessage(message: string): number | null {
  const found = /(?:try again|retry)(?: after| in) (\d[\d.dhms]{0,20})/i.exec(message.slice(0, 2_000))?.[1];
  return found ? durationMs(found.replace(/\.$/, '')) : null;
}
