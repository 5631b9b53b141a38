/**
 * What a caller asks for beyond one answer on one connection: to go away and come back (`mode`, `Prefer: respond-async`), to
 * be told (`webhook`), to go on after a break (`resume`), to ask twice for one thing (`Idempotency-Key`).
 */
import type { IncomingHttpHeaders } from 'node:http';
import { SluiceError } from '@sluice/domain';
import type { JobWebhook } from '@sluice/domain';
import { isObject } from '@sluice/wire';
import { readFlag, readName } from './asked-values.ts';
import type { Found } from './asked-values.ts';
import type { AskedSource, Find } from './asked.ts';

export interface Keeping {
  readonly mode: 'sync' | 'async';
  /** With `respond-async, wait=N`: answered within that time, or else handed over. Milliseconds. */
  readonly respondWithinMs: number | null;
  /** Preferences that were honoured, as `Preference-Applied` names them. */
  readonly applied: string | null;
  readonly webhook: JobWebhook | null;
  readonly resume: boolean;
  readonly idempotencyKey: string | null;
}

const MOST_EVENTS = 16;
const LONGEST_URL = 2_048;
/** Longer than any client waits. */
const LONGEST_WAIT_MS = 600_000;

export function readKeeping(find: Find, { headers, stream }: AskedSource): { readonly keeping: Keeping; readonly warnings: readonly string[] } {
  const asked = find('mode', 'x-sluice-mode');
  const preferred = /\brespond-async\b/i.test(preferOf(headers));
  const mode = asked ? readMode(asked) : preferred ? 'async' : 'sync';
  const isAsync = mode === 'async' && !stream;
  const ignored = mode === 'async' && stream ? [`${asked?.param ?? 'prefer'}: ignored, because the call is streamed`] : [];
  const webhook = find('webhook', 'x-sluice-webhook');
  const resume = find('resume', 'x-sluice-resume');
  const waitMs = preferredWaitMs(headers);
  return {
    warnings: ignored,
    keeping: {
      mode: isAsync ? 'async' : 'sync',
      respondWithinMs: isAsync && waitMs !== null ? Math.min(waitMs, LONGEST_WAIT_MS) : null,
      applied: isAsync && preferred ? `respond-async${waitMs === null ? '' : `, wait=${waitMs / 1_000}`}` : null,
      webhook: webhook ? readWebhook(webhook) : null,
      resume: readFlag(resume, false),
      idempotencyKey: idempotencyKeyOf(headers),
    },
  };
}

function readMode({ value, param }: Found): 'sync' | 'async' {
  if (value === 'sync' || value === 'async') return value;
  throw wrong(param, 'expected sync or async');
}

/** A header has it as JSON, or the URL alone. */
function readWebhook({ value, param, text }: Found): JobWebhook {
  const given = text && typeof value === 'string' ? (value.startsWith('{') ? parsed(value, param) : { url: value }) : value;
  if (!isObject(given)) throw wrong(param, 'expected an object with a url');
  const { url, events, inline_result: inline = false } = given;
  if (typeof url !== 'string' || url.length > LONGEST_URL || !URL.canParse(url) || !/^https?:$/.test(new URL(url).protocol)) {
    throw wrong(`${param}.url`, 'expected the URL of an https or http endpoint');
  }
  if (typeof inline !== 'boolean') throw wrong(`${param}.inline_result`, 'expected true or false');
  if (events === undefined || events === null) return { url, events: null, inlineResult: inline };
  if (!Array.isArray(events) || events.length === 0 || events.length > MOST_EVENTS) throw wrong(`${param}.events`, `expected 1 to ${MOST_EVENTS} names of events`);
  return { url, events: events.map((name: unknown, index) => readName({ value: name, param: `${param}.events[${index}]`, text: false })), inlineResult: inline };
}

function parsed(text: string, param: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new SluiceError('invalid_request', `${param}: expected a JSON object or a URL`, { param, cause });
  }
}

/** Null: none is given. Throws `invalid_request` on one that is too long. */
export function idempotencyKeyOf(headers: IncomingHttpHeaders): string | null {
  const value = headers['idempotency-key'];
  return typeof value === 'string' && value !== '' ? readName({ value, param: 'idempotency-key', text: true }) : null;
}

export const idempotencyConflict = (): SluiceError =>
  new SluiceError('idempotency_conflict', 'idempotency-key: was used for another request; use a new key for a new request', { param: 'idempotency-key' });

/** RFC 7240: `Prefer: wait=N`, seconds. */
export function preferredWaitMs(headers: IncomingHttpHeaders): number | null {
  const seconds = /(?:^|[,;\s])wait\s*=\s*"?(\d{1,6})"?\s*(?:$|[,;])/i.exec(preferOf(headers))?.[1];
  return seconds === undefined ? null : Number(seconds) * 1_000;
}

function preferOf(headers: IncomingHttpHeaders): string {
  const value = headers['prefer'];
  return typeof value === 'string' ? value : (value?.join(',') ?? '');
}

const wrong = (param: string, what: string): SluiceError => new SluiceError('invalid_request', `${param}: ${what}`, { param });
