/** The body of `POST /v1/batches`: OpenAI's fields, and what Sluice adds under `sluice`. Pure. */
import { type BatchOptions, type Environment, jobWebhookUrl, SluiceError } from '@sluice/domain';
import { isObject, type JsonObject } from '@sluice/wire';
import { mayUse } from '../admit/destination.ts';
import type { KeyEntry } from '../admit/directory.ts';
import { normalPath } from '../http/paths.ts';
import { ENDPOINT_PATHS } from '../kept/job-object.ts';

export interface AskedBatch {
  readonly inputFileId: string;
  readonly endpoint: string;
  readonly completionWindow: string;
  readonly windowMs: number;
  readonly metadata: Readonly<Record<string, string>> | null;
  readonly options: BatchOptions;
}

const WINDOW = /^([1-9]\d{0,3})([hm])$/;
const UNIT_MS = { h: 3_600_000, m: 60_000 } as const;
/** A week, because days behind that are not looked through for what waits. */
const LONGEST_WINDOW_MS = 7 * 86_400_000;
const MOST_METADATA = 16;

/** Throws `invalid_request` naming the field, or `permission_denied`. */
export function askedBatch(body: unknown, caller: KeyEntry): AskedBatch {
  if (!isObject(body)) throw refusal(null, 'the body is not a JSON object');
  const text = (name: string): string => {
    const value = body[name];
    if (value === undefined || value === null) throw refusal(name, `Missing required parameter: '${name}'.`);
    if (typeof value !== 'string' || value === '' || value.length > 512) throw refusal(name, `${name}: expected a short text`);
    return value;
  };
  const inputFileId = text('input_file_id');
  const completionWindow = text('completion_window');
  return {
    inputFileId, endpoint: endpointOf(text('endpoint')), completionWindow, windowMs: windowOf(completionWindow),
    metadata: metadataOf(body['metadata']), options: optionsOf(body['sluice'], caller),
  };
}

/** Every endpoint that a job may have may be that of a batch. */
function endpointOf(given: string): string {
  const served = Object.values(ENDPOINT_PATHS);
  const found = served.find((path) => normalPath(path) === normalPath(given));
  if (found) return found;
  throw refusal('endpoint', `endpoint: expected one of ${served.join(', ')}`);
}

function windowOf(text: string): number {
  const match = WINDOW.exec(text);
  const ms = match ? Number(match[1]) * UNIT_MS[match[2] as keyof typeof UNIT_MS] : 0; // the expression allows no other unit
  if (ms > 0 && ms <= LONGEST_WINDOW_MS) return ms;
  throw refusal('completion_window', "completion_window: expected '24h', or any other number of hours (h) or minutes (m) up to 7 days");
}

function metadataOf(value: unknown): Readonly<Record<string, string>> | null {
  if (value === undefined || value === null) return null;
  const entries = isObject(value) ? Object.entries(value) : [];
  if (!isObject(value) || entries.length > MOST_METADATA || entries.some(([key, each]) => key.length > 64 || typeof each !== 'string' || each.length > 512)) {
    throw refusal('metadata', `metadata: expected at most ${MOST_METADATA} texts, keys of at most 64 and values of at most 512 characters`);
  }
  return value as Readonly<Record<string, string>>; // every value has just been looked at
}

function optionsOf(value: unknown, { key, home }: KeyEntry): BatchOptions {
  if (value !== undefined && value !== null && !isObject(value)) throw refusal('sluice', 'sluice: expected an object');
  const given: JsonObject = isObject(value) ? value : {};
  const unknown = Object.keys(given).find((name) => name !== 'priority' && name !== 'webhook');
  if (unknown !== undefined) throw refusal(`sluice.${unknown.slice(0, 64)}`, 'sluice: a batch takes priority and webhook');
  const priority = given['priority'] ?? home.environment.settings.batchPriority;
  if (typeof priority !== 'string' || !home.priorities.has(priority)) throw refusal('sluice.priority', 'sluice.priority: there is no such priority');
  if (!mayUse(key.priorities, priority)) throw new SluiceError('permission_denied', 'sluice.priority: this key may not use the priority of the batch', { param: 'sluice.priority' });
  return { priority, webhook: webhookOf(given['webhook'], home.environment) };
}

function webhookOf(value: unknown, { settings }: Environment): BatchOptions['webhook'] {
  if (value === undefined || value === null) return null;
  if (!isObject(value) || typeof value['url'] !== 'string') throw refusal('sluice.webhook', 'sluice.webhook: expected {url, events?}');
  const events = value['events'] ?? null;
  if (events !== null && !(Array.isArray(events) && events.every((each) => typeof each === 'string'))) throw refusal('sluice.webhook.events', 'sluice.webhook.events: expected names of events');
  return { url: jobWebhookUrl(value['url'], settings), events };
}

const refusal = (param: string | null, message: string): SluiceError => new SluiceError('invalid_request', message, { param });
