/** A fault script from JSON. It is written by hand, so that what is wrong is named by its place. */
import { SluiceError } from '@sluice/domain';
import { parseLimit } from '../limits/parse.ts';
import { bad, fieldsOf, type Fields } from '../read-json.ts';
import type { Fault, Rule, When } from './rule.ts';

/** Takes the parsed JSON: a list of rules, or `{rules: […]}`. @throws SluiceError invalid_request naming the place */
export function parseScript(json: unknown): readonly Rule[] {
  const list = Array.isArray(json) ? json : fieldsOf(json, 'script', ['rules']).raw('rules');
  if (!Array.isArray(list)) throw new SluiceError('invalid_request', 'a fault script is a list of rules {when, fault}');
  return list.map((rule: unknown, index) => parseRule(rule, `rules[${index}]`));
}

function parseRule(json: unknown, place: string): Rule {
  const rule = fieldsOf(json, place, ['when', 'fault']);
  return { when: parseWhen(rule.raw('when') ?? {}, `${place}.when`), fault: parseFault(rule.raw('fault'), `${place}.fault`) };
}

const COUNTS = ['fromCall', 'toCall', 'every', 'fromMs', 'toMs', 'probability'] as const;
const NAMES = ['model', 'key'] as const;

function parseWhen(json: unknown, place: string): When {
  const fields = fieldsOf(json, place, [...COUNTS, ...NAMES]);
  const counts = COUNTS.flatMap((name) => (fields.has(name) ? [[name, fields.number(name)] as const] : []));
  const names = NAMES.flatMap((name) => (fields.has(name) ? [[name, fields.text(name)] as const] : []));
  const when: When = Object.fromEntries<number | string>([...counts, ...names]);
  if (when.every !== undefined && !(Number.isInteger(when.every) && when.every >= 1)) {
    throw bad(`${place}.every`, 'a whole number from 1');
  }
  if ((when.probability ?? 0) > 1) throw bad(`${place}.probability`, 'between 0 and 1');
  return when;
}

const FIELDS = {
  throttle: ['retryAfterMs', 'stormMs'],
  status: ['status', 'body', 'headers'],
  hang: [],
  hang_before_body: [],
  reset: [],
  refuse_connections: ['forMs', 'dropOpen'],
  slow_first_byte: ['delayMs'],
  cut: ['atByte'],
  stall: ['atByte'],
  usage: ['usage'],
  malformed_json: [],
  error_in_stream: ['afterEvents', 'body'],
  error_with_200: ['body'],
  limits: ['limits'],
  latency: ['latencyMs'],
} as const satisfies Record<Fault['kind'], readonly string[]>;

const isKind = (text: string): text is Fault['kind'] => Object.hasOwn(FIELDS, text);

function parseFault(json: unknown, place: string): Fault {
  const kind = fieldsOf(json, place).text('kind');
  if (!isKind(kind)) throw bad(`${place}.kind`, `one of ${Object.keys(FIELDS).join(', ')}`);
  const fields = fieldsOf(json, place, ['kind', ...FIELDS[kind]]);
  switch (kind) {
    case 'hang':
    case 'hang_before_body':
    case 'reset':
    case 'malformed_json': return { kind };
    case 'throttle': return { kind, ...fields.optionalNumbers(['retryAfterMs', 'stormMs']) };
    case 'status': return { kind, status: fields.number('status'), ...fields.optionalRaw('body'), ...headersOf(fields, place) };
    case 'refuse_connections': return { kind, forMs: fields.number('forMs'), dropOpen: fields.raw('dropOpen') === true };
    case 'slow_first_byte': return { kind, delayMs: fields.number('delayMs') };
    case 'cut':
    case 'stall': return { kind, atByte: fields.number('atByte') };
    case 'usage': return { kind, usage: usageOf(fields.raw('usage'), `${place}.usage`) };
    case 'error_in_stream': return { kind, ...fields.optionalNumbers(['afterEvents']), ...fields.optionalRaw('body') };
    case 'error_with_200': return { kind, ...fields.optionalRaw('body') };
    case 'limits': return { kind, limits: limitsOf(fields.raw('limits'), `${place}.limits`) };
    case 'latency': return { kind, latencyMs: fields.number('latencyMs') };
    default: return kind satisfies never;
  }
}

function usageOf(json: unknown, place: string): { inputTokens: number; outputTokens: number } | null {
  if (json === null) return null;
  const fields = fieldsOf(json, place, ['inputTokens', 'outputTokens']);
  return { inputTokens: fields.number('inputTokens'), outputTokens: fields.number('outputTokens') };
}

function headersOf(fields: Fields, place: string): { headers?: Record<string, string> } {
  if (!fields.has('headers')) return {};
  const headers = fieldsOf(fields.raw('headers'), `${place}.headers`);
  return { headers: Object.fromEntries(headers.names().map((name) => [name, headers.text(name)])) };
}

function limitsOf(json: unknown, place: string): ReturnType<typeof parseLimit>[] {
  if (!Array.isArray(json)) throw bad(place, 'a list of limits');
  return json.map((limit: unknown, index) => parseLimit(limit, `${place}[${index}]`));
}
