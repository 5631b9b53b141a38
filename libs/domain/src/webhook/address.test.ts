import fc from 'fast-check';
import { expect, test } from 'vitest';
import { endpointUrl, jobWebhookUrl, matches } from './address.ts';

const rules = (webhooksAllow: readonly string[], webhooksAllowPrivate = false) => ({ webhooksAllow, webhooksAllowPrivate });
const refused = expect.objectContaining({ code: 'invalid_request', param: expect.any(String) });

test('a pattern is scheme, host and port; * is any run of characters', () => {
  expect(matches('https://*.example.com', 'https://hooks.example.com')).toBe(true);
  expect(matches('https://*.example.com', 'https://example.com')).toBe(false);
  expect(matches('https://*.example.com', 'https://hooks.example.com.evil.net')).toBe(false);
  expect(matches('https://*.example.com', 'https://hooks.example.com:8443')).toBe(false);
  expect(matches('http://127.0.0.1:*', 'http://127.0.0.1:9000')).toBe(true);
  expect(matches('https://A.example.com', 'https://a.example.com')).toBe(true);
  expect(matches('https://a*a.com', 'https://a.com')).toBe(false);
});

test('a pattern says the same as the regular expression it stands for', () => {
  const text = fc.stringMatching(/^[ab.:]{0,12}$/);
  fc.assert(fc.property(fc.stringMatching(/^[ab.*:]{0,8}$/), text, (pattern, value) => {
    const expression = new RegExp(`^${pattern.split('*').map((part) => part.replaceAll('.', '\\.')).join('.*')}$`);
    expect(matches(pattern, value)).toBe(expression.test(value));
  }));
});

test('a job names an address that a pattern covers', () => {
  const open = rules(['https://*.example.com', 'http://plain.example.com']);
  expect(jobWebhookUrl('https://HOOKS.example.com/a?b#c', open)).toBe('https://hooks.example.com/a?b');
  expect(jobWebhookUrl('http://plain.example.com/', open)).toBe('http://plain.example.com/');
  for (const url of ['https://example.org/', 'http://hooks.example.com/', 'https://u@hooks.example.com/', 'https://u:p@hooks.example.com/', 'ftp://hooks.example.com/', 'hooks.example.com', '', `https://hooks.example.com/${'x'.repeat(3_000)}`]) {
    expect(() => jobWebhookUrl(url, open), url).toThrow(refused);
  }
  expect(() => jobWebhookUrl('https://hooks.example.com/', rules([]))).toThrow(refused);
});

test.each(['https://127.0.0.1/', 'https://2130706433/', 'https://0x7f.1/', 'https://[::ffff:7f00:1]/', 'https://10.0.0.1/', 'https://169.254.169.254/latest'])('%s is refused unless private addresses are allowed', (url) => {
  expect(() => jobWebhookUrl(url, rules(['*']))).toThrow(refused);
  expect(jobWebhookUrl(url, rules(['*'], true))).toBe(new URL(url).href);
});

test.each(['https://h.example.com:25/', 'https://h.example.com:22/'])('%s speaks something else', (url) => {
  expect(() => endpointUrl(url, rules([]))).toThrow(refused);
});

test('a registered endpoint needs no pattern, unless it is http', () => {
  expect(endpointUrl('https://anywhere.example.org:8443/x', rules([]))).toBe('https://anywhere.example.org:8443/x');
  expect(() => endpointUrl('http://anywhere.example.org/', rules([]))).toThrow(refused);
  expect(endpointUrl('http://anywhere.example.org/', rules(['http://anywhere.*']))).toBe('http://anywhere.example.org/');
  expect(endpointUrl('http://10.0.0.1/', rules([], true))).toBe('http://10.0.0.1/');
});
