import { expect, test } from 'vitest';
import { parseQuestdbUrl } from './questdb-url.ts';

test('host and port are read, and the PG wire is on 8812 unless said otherwise', () => {
  expect(parseQuestdbUrl('http://127.0.0.1:9000')).toMatchObject({ secure: false, host: '127.0.0.1', port: 9000, pgPort: 8812, user: null });
  expect(parseQuestdbUrl('http://127.0.0.1:9000?pg=19812').pgPort).toBe(19_812);
  expect(parseQuestdbUrl('https://metrics.example.com')).toMatchObject({ secure: true, port: 443 });
});

test('a login is unescaped', () => {
  expect(parseQuestdbUrl('http://admin:a%3Bb@127.0.0.1:9000/')).toMatchObject({ user: 'admin', password: 'a;b' });
});

test.each(['', '127.0.0.1:9000', 'tcp::addr=127.0.0.1:9009', 'postgres://127.0.0.1:8812', 'http://127.0.0.1:9000/exec', 'http://127.0.0.1:9000?pg=0',
  'http://127.0.0.1:9000?pg=wire'])('%j is refused with the name of the variable', (url) => {
  expect(() => parseQuestdbUrl(url)).toThrow(/QUESTDB_URL/);
});

test('a refusal does not repeat the password', () => {
  expect(messageOf('tcp://admin:planted@127.0.0.1:9009')).not.toContain('planted');
});

function messageOf(url: string): string {
  try {
    parseQuestdbUrl(url);
  } catch (error) {
    return String(error);
  }
  throw new Error('the URL was not refused');
}
