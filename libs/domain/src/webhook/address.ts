/** Where a webhook may go: https, or http where a pattern of the environment says so, never with a user in it. */
import { isIP } from 'node:net';
import type { Settings } from '../configuration.ts';
import { SluiceError } from '../errors.ts';
import { isPublicAddress } from '../public-address.ts';

const LONGEST = 2_048;
/** Below 1024 live services that speak something else and may obey what looks like a request. */
const LOWEST_PORT = 1_024;

type Rules = Pick<Settings, 'webhooksAllow' | 'webhooksAllowPrivate'>;

/** The address in its one spelling. Throws `invalid_request` on what is no such address or matches no pattern. */
export function jobWebhookUrl(text: string, rules: Rules, param = 'sluice.webhook.url'): string {
  const url = checked(text, rules, param);
  if (rules.webhooksAllow.some((pattern) => matches(pattern, originOf(url)))) return url.href;
  throw refusal(param, 'no pattern of webhooks.allow of this environment covers it');
}

/** Of an endpoint that an operator registers: no pattern need cover it, unless it is http. */
export function endpointUrl(text: string, rules: Rules, param = 'url'): string {
  const url = checked(text, rules, param);
  const plain = url.protocol === 'http:' && !rules.webhooksAllowPrivate;
  if (!plain || rules.webhooksAllow.some((pattern) => matches(pattern, originOf(url)))) return url.href;
  throw refusal(param, 'http is used only where webhooks.allow has a pattern for it: use https');
}

function checked(text: string, rules: Rules, param: string): URL {
  if (text.length > LONGEST || !URL.canParse(text)) throw refusal(param, `expected an absolute URL of at most ${LONGEST} characters`);
  const url = new URL(text);
  if (url.protocol !== 'https:' && url.protocol !== 'http:') throw refusal(param, 'expected https://');
  if (url.username !== '' || url.password !== '') throw refusal(param, 'must not hold a user or password');
  if (url.port !== '' && Number(url.port) < LOWEST_PORT && url.port !== '80' && url.port !== '443') {
    throw refusal(param, `ports below ${LOWEST_PORT} other than 80 and 443 are not allowed`);
  }
  // Names are vetted when they are looked up, which is when the connection is made.
  const literal = hostOf(url);
  if (!rules.webhooksAllowPrivate && isIP(literal) !== 0 && !isPublicAddress(literal)) {
    throw refusal(param, 'is not a public address, and webhooks.allow_private is off');
  }
  url.hash = '';
  return url;
}

/** The host as a socket wants it: an IPv6 literal without its brackets. `URL` has brought every notation of IPv4 into one. */
export const hostOf = ({ hostname }: URL): string => (hostname.startsWith('[') ? hostname.slice(1, -1) : hostname);

const originOf = ({ protocol, host }: URL): string => `${protocol}//${host}`;

/** `*` is any run of characters. Linear: no pattern of anybody's making can hold the process up. */
export function matches(pattern: string, text: string): boolean {
  const [first = '', ...rest] = pattern.toLowerCase().split('*');
  if (rest.length === 0) return text === first;
  const last = rest.pop() ?? '';
  if (!text.startsWith(first) || text.length < first.length + last.length || !text.endsWith(last)) return false;
  const end = text.length - last.length;
  let at = first.length;
  for (const part of rest) {
    const found = text.indexOf(part, at);
    if (found < 0 || found + part.length > end) return false;
    at = found + part.length;
  }
  return true;
}

const refusal = (param: string, rule: string): SluiceError => new SluiceError('invalid_request', `${param}: ${rule}`, { param });
