/** What was: usage over time, and what operators did. */
import { mayDo, SluiceError, USAGE_DIMENSIONS, USAGE_INTERVALS } from '@sluice/domain';
import type { Environment, UsageDimension, UsageRow } from '@sluice/domain';
import { z } from 'zod';
import { json, list, route } from '../route.ts';

const DAY_MS = 86_400_000;
const time = z.union([z.iso.datetime({ offset: true }).transform((value) => Date.parse(value)), z.string().regex(/^\d{10,15}$/).transform(Number)], 'expected a time such as 2027-01-31T00:00:00Z, or epoch milliseconds');
const dimensions = z.string().transform((text) => text.split(',')).pipe(z.array(z.enum(USAGE_DIMENSIONS)).max(4));

const usage = route({
  method: 'get', path: '/usage', scope: 'environment', action: 'usage:read', summary: 'Requests, tokens, cost and times, by any dimensions, over any time',
  query: z.strictObject({ from: time, to: time, by: dimensions, interval: z.enum(USAGE_INTERVALS) }).partial().extend({ format: z.enum(['json', 'csv']).default('json') }),
  answer: async ({ environment, query, now }, parts) => {
    const [from, to, by, interval] = [query.from ?? now - DAY_MS, query.to ?? now, query.by ?? [], query.interval ?? null];
    const rows = await parts.usage.usage({ environment: environment.id, from, to, by, interval }).catch((cause: unknown) => {
      throw new SluiceError('unavailable', `usage cannot be read from ${parts.usage.name} now`, { cause });
    });
    const named = rows.map((row) => usageObject(row, environment));
    if (query.format === 'csv') return { kind: 'text', type: 'text/csv', body: csv(named, by) };
    return list(named, { from, to, by, interval, source: parts.usage.name });
  },
});

/** Connections and keys by their names, where they still have one. */
function usageObject(row: UsageRow, { connections, apiKeys }: Environment) {
  const nameOf = (dimension: UsageDimension, value: string): string => {
    const named = dimension === 'connection' ? connections : dimension === 'tenant' ? apiKeys : [];
    return named.find(({ id }) => id === value)?.name ?? value;
  };
  return {
    at: row.at, ...Object.fromEntries(Object.entries(row.group).map(([dimension, value]) => [dimension, nameOf(dimension as UsageDimension, value)])), // its keys are
    attempts: row.attempts, completed: row.completed, input_tokens: row.inputTokens, cached_input_tokens: row.cachedInputTokens, output_tokens: row.outputTokens,
    cost: row.cost, queue_ms_mean: row.queueMsMean, queue_ms_max: row.queueMsMax, first_byte_ms_mean: row.firstByteMsMean, total_ms_mean: row.totalMsMean,
  };
}

function csv(rows: readonly ReturnType<typeof usageObject>[], by: readonly UsageDimension[]): string {
  const columns = ['at', ...by, 'attempts', 'completed', 'input_tokens', 'cached_input_tokens', 'output_tokens', 'cost', 'queue_ms_mean', 'queue_ms_max', 'first_byte_ms_mean', 'total_ms_mean'];
  const lines = rows.map((row) => columns.map((column) => cell((row as Readonly<Record<string, unknown>>)[column])).join(',')); // read by the names of columns
  return `${[columns.join(','), ...lines].join('\r\n')}\r\n`;
}

/** RFC 4180; what a spreadsheet would take for a formula stands behind an apostrophe. */
function cell(value: unknown): string {
  if (value === null || value === undefined) return '';
  if (typeof value === 'number') return String(value);
  const text = String(value).replace(/^[=+\-@\t\r]/, "'$&");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

const events = route({
  method: 'get', path: '/admin-events', scope: 'environment', action: 'admin-events:read', summary: 'What operators did: who, when, before and after; newest first',
  query: z.strictObject({ actor: z.string().max(200), kind: z.string().max(50), name: z.string().max(200), after: z.string().regex(/^\d{1,15}$/).transform(Number) }).partial()
    .extend({ limit: z.string().regex(/^\d{1,3}$/).transform(Number).pipe(z.int().min(1).max(200)).default(50) }),
  answer: async ({ environment, query, operator }, { store }) => {
    const found = await store.admin.events({
      environmentId: environment.id, installation: mayDo(operator, { action: 'users:read', resource: 'installation/users' }), actor: query.actor ?? null, kind: query.kind ?? null,
      name: query.name ?? null, before: query.after ?? null, limit: query.limit + 1,
    });
    const data = found.slice(0, query.limit).map(({ id, at, actor, action, kind, name, before, after, environmentId }) =>
      ({ object: 'admin_event', id, at, environment: environmentId === null ? null : environment.name, actor, action, kind, name, before, after }));
    return json({ object: 'list', data, has_more: found.length > query.limit, last_id: data.at(-1)?.id ?? null });
  },
});

export const recordRoutes = [usage, events];
