/**
 * The shape of `sluice.yaml`: keys, types and defaults. What no shape can say (names that must exist, sums, which keys go
 * together) is in rules.ts. The published JSON Schema is made from this, so descriptions are written for the file's author.
 */
import { z } from 'zod';
import { STRATEGIES } from '../configuration.ts';
import { DIMENSIONS, WINDOWS } from '../limit.ts';
import { EVENT_TYPES } from '../webhook/event.ts';
import { isWebhookSecret } from '../webhook/signature.ts';
import { CREDENTIALS, type CredentialName } from './credentials.ts';
import { DURATION, PERIOD } from './durations.ts';
import { PROVIDER_IDS } from './providers.ts';

/** Names appear in lanes and addresses: neither may hold `:` or `~`, which separate there. */
const NAME = /^[A-Za-z0-9._/-]{1,100}$/;
/** `scheme://host[:port]`, where `*` is any run of characters. */
const HOSTS = /^https?:\/\/[A-Za-z0-9.*:[\]-]+$/;
const ORIGIN_OR_ALL = /^(\*|https?:\/\/[A-Za-z0-9.:[\]-]+)$/;

export const name = z.string().regex(NAME, 'expected 1 to 100 of the characters A-Z a-z 0-9 . _ / -');
const nameOrAll = z.string().regex(/^(\*|[A-Za-z0-9._/-]{1,100})$/, 'expected a name, or * for all');
const duration = z.string().regex(DURATION, 'expected a duration such as 500ms, 60s, 4m, 12h or 30d');
const period = z.string().regex(PERIOD, 'expected a duration such as 500ms, 60s, 4m, 12h or 30d, or month or lifetime');
const percent = z.number().min(0).max(100);
export const amount = z.int().min(1).max(1e12).optional();
/** No control characters and no half of a surrogate pair: neither can be stored. */
const LINE = /^\P{C}{1,1000}$/u;
export const model = z.string().refine((text) => LINE.test(text), 'expected one line of text');
/** Travels in a header. */
export const secret = z.string().regex(/^[\x21-\x7e]{1,4000}$/, 'expected printable characters without spaces or line ends');
export const key = z.string().regex(/^[\x21-\x7e]{8,500}$/, 'expected 8 to 500 printable characters without spaces');
export const address = z.url({ protocol: /^https?$/, error: 'expected an address such as https://host/v1' });
export const weight = z.number().positive().max(1_000);

const limit = z.strictObject({
  requests: amount,
  input_tokens: amount,
  output_tokens: amount,
  total_tokens: amount,
  concurrency: amount.describe('Calls in flight; takes no `per`.'),
  cost: z.number().positive().max(1e12).optional(),
  per: period.optional().describe('Length of the window: a duration, `month` (any 30 days) or `lifetime`.'),
  window: z.enum(WINDOWS).optional().describe('How the provider counts; default sliding, which is safe for each of them.'),
  model: model.optional().describe('Covers the calls of this model alone.'),
  pace: duration.optional().describe('Spreads the amount: at most its share of `per` in any such time.'),
  burst: amount.describe('What a full bucket holds; default the amount. With `window: bucket` alone.'),
}).meta({ oneOf: DIMENSIONS.map((dimension) => ({ required: [dimension] })) });

const limits = z.array(limit).default([]);

/** The whole key file of a service account: JSON, line ends and all. */
const keyFile = z.string().regex(/^\s*\{[\s\S]{1,20000}\}\s*$/, 'expected the JSON of a key file');

/** Object.fromEntries forgets which names it was given: all of them. */
const secrets = Object.fromEntries(CREDENTIALS.map((credential) => [credential, secret.optional()])) as
  Record<CredentialName, z.ZodOptional<typeof secret>>;

const credentials = z.strictObject({
  ...secrets,
  service_account: keyFile.optional(),
});

const connection = z.strictObject({
  name,
  provider: z.enum(PROVIDER_IDS),
  base_url: address.optional(),
  credentials: credentials.default({}).describe('Which of them a provider takes: docs/configuration.md.'),
  limits: limits.describe('All that cover a call must fit; none given: learned from headers and refusals.'),
  guard: duration.optional().describe('How late a request may still arrive at the provider; default 250ms, 100ms on loopback.'),
  headroom: z.enum(['adaptive', 'strict', 'off']).default('adaptive'),
  slot_share: z.number().min(1).max(100).default(50).describe('Percent of all worker slots this connection may hold.'),
});

const priority = z.strictObject({
  name,
  reserved: percent.default(0).describe('Percent of every minute limit.'),
  ceiling: z.number().min(1).max(100).default(100),
  ages_after: duration.optional().describe('A job that waited longer goes before more urgent ones.'),
});

const fallback = z.strictObject({ connection: name, model });
const route = fallback.extend({ weight: weight.default(1) });

const resource = z.strictObject({
  name: name.describe('What a client puts in `model`.'),
  priority: name.optional().describe('Default: `normal` if there is one, else the first.'),
  routes: z.array(route).min(1),
  fallback: z.array(fallback).default([]).describe('Tried in this order when the routes fail.'),
  max_wait: duration.optional().describe('How long a call may be held; default 4m, streamed 10m.'),
  spill_after: duration.optional().describe('Expected wait beyond which another route is chosen.'),
  on_unsupported: z.enum(['refuse', 'drop']).default('refuse'),
  limits,
});

const apiKey = z.strictObject({
  name,
  key,
  resources: z.array(nameOrAll).default(['*']),
  priorities: z.array(nameOrAll).default(['*']),
  weight: weight.default(1).describe('Share among the keys of one priority.'),
  limits,
  may_choose_route: z.boolean().default(false),
  loopback_only: z.boolean().default(false).describe('Refused from anywhere but this machine.'),
  enabled: z.boolean().default(true),
  expires_at: z.iso.datetime({ offset: true, error: 'expected a time such as 2027-01-31T00:00:00Z' }).optional(),
});

const webhookSecret = z.string().refine(isWebhookSecret, 'expected whsec_ and 24 to 64 bytes in base64');

const webhookEndpoint = z.strictObject({
  name,
  url: address,
  events: z.array(z.enum(EVENT_TYPES)).default([]).describe('None given: all.'),
  secret: webhookSecret.describe('Signs what is sent to it. A new one stands beside the old one for a day.'),
});

const webhooks = z.strictObject({
  secret: webhookSecret.optional().describe('Signs what is sent to the addresses that come with a job or batch.'),
  endpoints: z.array(webhookEndpoint).default([]).describe('Told of every event of the environment.'),
  allow: z.array(z.string().regex(HOSTS, 'expected scheme://host[:port], where * is any run of characters')).default([]),
  allow_private: z.boolean().default(false),
});

const settings = z.strictObject({
  strategy: z.enum(STRATEGIES).default('weighted').describe('Who goes next on each connection.'),
  retention: duration.default('30d'),
  capture: z.enum(['none', 'metadata', 'full']).default('metadata'),
  batch_priority: name.optional().describe('Default: `batch` if there is one, else the last.'),
  direct_routing: z.boolean().default(true).describe('May a caller name `provider/model` instead of a resource?'),
  cors_origins: z.array(z.string().regex(ORIGIN_OR_ALL, 'expected * or scheme://host[:port]')).default([]),
  source_limits: limits.describe('Of each address that calls come from, by itself.'),
  provider_keys: z.boolean().default(false).describe('May a caller bring a provider key of its own?'),
});

export const fileSchema = z.strictObject({
  version: z.literal(1),
  environment: name.default('default'),
  connections: z.array(connection).default([]),
  priorities: z.array(priority).min(1).default([
    { name: 'urgent', reserved: 50, ceiling: 100, ages_after: '10s' },
    { name: 'normal', reserved: 20, ceiling: 100 },
    { name: 'batch', reserved: 5, ceiling: 100 },
  ]).describe('Order is rank: the first is the most urgent.'),
  resources: z.array(resource).default([]),
  api_keys: z.array(apiKey).default([]),
  webhooks: webhooks.prefault({}),
  settings: settings.prefault({}),
}).describe('Sluice: the whole configuration of one environment.');

export type FileShape = z.output<typeof fileSchema>;
export type LimitShape = z.output<typeof limit>;

/** What is wrong, in words for the file's author. Says what is expected, never what was found: that may be a secret. */
export function describeIssue(issue: z.core.$ZodRawIssue): string {
  if (issue.input === undefined) return 'is required';
  if (issue.input === null) return 'is empty';
  switch (issue.code) {
    case 'invalid_type': return `expected ${EXPECTED[issue.expected] ?? issue.expected}`;
    case 'invalid_value': return `expected ${issue.values.length > 1 ? 'one of ' : ''}${issue.values.join(', ')}`;
    case 'too_small':
      if (issue.origin === 'array') return 'needs at least one entry';
      return issue.inclusive ? `must be at least ${issue.minimum}` : `must be greater than ${issue.minimum}`;
    case 'too_big': return `must be at most ${issue.maximum}`;
    default: return 'not a valid value';
  }
}

const EXPECTED: Readonly<Record<string, string>> = {
  string: 'text (quote it if it looks like a number)', number: 'a number', int: 'a whole number', boolean: 'true or false',
  object: 'keys and values', array: 'a list',
};
