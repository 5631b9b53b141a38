import fc from 'fast-check';
import { expect, test } from 'vitest';
import { open, openCredentials, parseMasterKey, seal } from './seal.ts';

const key = new Uint8Array(32).fill(3);
const other = new Uint8Array(32).fill(4);

test('what was sealed opens with the same key for the same connection, and with nothing else', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (secret) => {
    const sealed = seal(secret, key, 'con_a');
    expect(open(sealed, key, 'con_a')).toBe(secret.toWellFormed());
    expect(() => open(sealed, other, 'con_a')).toThrow('do not open');
    expect(() => open(sealed, key, 'con_b')).toThrow('do not open');
  }), { numRuns: 30 });
});

test('sealed twice it is never the same, and nothing of it shows', () => {
  const sealed = [1, 2].map(() => seal('sk-very-secret-value', key, 'con_a'));
  expect(sealed[0]).not.toBe(sealed[1]);
  for (const text of sealed) {
    expect(text).toMatch(/^s1\.[A-Za-z0-9_-]+$/);
    expect(Buffer.from(text.slice(3), 'base64url').toString('latin1')).not.toContain('secret');
  }
});

test('each changed character is noticed, and the error tells nothing but the connection', () => {
  const sealed = seal('sk-very-secret-value', key, 'con_a');
  for (let at = 0; at < sealed.length - 1; at += 1) {
    const damaged = sealed.slice(0, at) + (sealed[at] === 'A' ? 'B' : 'A') + sealed.slice(at + 1);
    const failure = (() => { try { open(damaged, key, 'con_a'); } catch (error) { return String(error); } return 'opened'; })();
    expect(failure).toMatch(/^Error: credentials of con_a (do not open|are sealed in a format)/);
    expect(failure).not.toContain('secret');
  }
  for (const short of ['', 's1.', 's1.AAAA', 's2.x']) expect(() => open(short, key, 'con_a')).toThrow('credentials of con_a');
});

test('credentials come back by name, and a connection without any has none', () => {
  const sealedCredentials = seal('{"api_key":"k"}', key, 'con_a');
  expect(openCredentials({ id: 'con_a', sealedCredentials }, key)).toEqual({ api_key: 'k' });
  expect(openCredentials({ id: 'con_a', sealedCredentials: null }, key)).toEqual({});
});

test('a master key is 32 bytes of base64, and a wrong one is not repeated', () => {
  expect(parseMasterKey(Buffer.from(key).toString('base64'))).toEqual(Buffer.from(key));
  expect(parseMasterKey(Buffer.from(key).toString('base64url'))).toEqual(Buffer.from(key));
  for (const wrong of ['', 'hunter2', Buffer.alloc(31).toString('base64'), 'not base64 at all, but long enough to be a key!']) {
    expect(() => parseMasterKey(wrong)).toThrow('the master key must be 32 bytes in base64');
    if (wrong) expect(() => parseMasterKey(wrong)).not.toThrow(wrong);
  }
});
