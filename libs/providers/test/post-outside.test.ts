/** Posts to addresses of others' making: what is connected to is what was vetted. */
import { once } from 'node:events';
import { createServer, type IncomingMessage, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { type LookUp, openOutsidePost, type OutsidePost } from '../src/index.ts';

const servers: Server[] = [];
const posts: OutsidePost[] = [];
afterEach(async () => {
  for (const post of posts.splice(0)) await post.stop();
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

async function listening(answer: RequestListener): Promise<{ port: number; requests: IncomingMessage[] }> {
  const requests: IncomingMessage[] = [];
  const server = createServer((req, res) => { requests.push(req); answer(req, res); });
  servers.push(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { port: (server.address() as AddressInfo).port, requests }; // it listens on TCP
}

function opened(lookUp?: LookUp): OutsidePost {
  const post = openOutsidePost(lookUp ? { lookUp } : {});
  posts.push(post);
  return post;
}

const request = (url: string, allowPrivate: boolean, withinMs = 5_000) =>
  ({ url, headers: {}, body: '{}', allowPrivate, withinMs, signal: new AbortController().signal });

test('a name leads to the address that was looked up, once', async () => {
  const { port, requests } = await listening((_req, res) => res.end('thanks'));
  let lookUps = 0;
  const outside = opened(async () => { lookUps += 1; return [{ address: '127.0.0.1' }]; });
  expect(await outside.post(request(`http://hooks.test:${port}/a?b=c`, true))).toEqual({ status: 200, retryAfterMs: null, beginning: 'thanks' });
  expect(lookUps).toBe(1);
  expect(requests[0]).toMatchObject({ url: '/a?b=c', method: 'POST', headers: { host: `hooks.test:${port}` } });
});

test('a name that leads to a private address is refused, also when it was public a moment ago', async () => {
  const { port, requests } = await listening((_req, res) => res.end());
  const answers = ['192.0.2.1', '127.0.0.1', '::ffff:127.0.0.1', '::1', '10.1.2.3'];
  const outside = opened(async () => [{ address: answers.shift() ?? '127.0.0.1' }]);
  for (let count = 0; count < 6; count += 1) {
    await expect(outside.post(request(`http://hooks.test:${port}/`, false))).rejects.toThrow('not at a public address');
  }
  expect(requests).toEqual([]);
});

test('of several addresses only a public one is connected to', async () => {
  const { port } = await listening((_req, res) => res.end());
  const outside = opened(async () => [{ address: '127.0.0.1' }, { address: '10.0.0.1' }]);
  await expect(outside.post(request(`http://hooks.test:${port}/`, false))).rejects.toThrow('not at a public address');
});

test.each(['127.0.0.1', '2130706433', '0x7f.1', '0177.0.0.1', '127.1', '[::1]', '[::ffff:127.0.0.1]', 'localhost'])('%s is refused in this notation too', async (host) => {
  const { port, requests } = await listening((_req, res) => res.end());
  await expect(opened().post(request(`http://${host}:${port}/`, false))).rejects.toThrow('not at a public address');
  expect(requests).toEqual([]);
});

test('a connection made where private addresses are allowed serves nobody else', async () => {
  const { port, requests } = await listening((_req, res) => res.end());
  const outside = opened();
  await outside.post(request(`http://127.0.0.1:${port}/`, true));
  await expect(outside.post(request(`http://127.0.0.1:${port}/`, false))).rejects.toThrow('not at a public address');
  expect(requests).toHaveLength(1);
});

test('a redirect is an answer and is not followed', async () => {
  const target = await listening((_req, res) => res.end());
  const { port } = await listening((_req, res) => res.writeHead(307, { location: `http://127.0.0.1:${target.port}/`, 'retry-after': '7' }).end());
  expect(await opened().post(request(`http://127.0.0.1:${port}/`, true))).toMatchObject({ status: 307, retryAfterMs: 7_000 });
  expect(target.requests).toEqual([]);
});

test('an endless answer is cut off, a late one given up', async () => {
  let closed = false;
  const { port } = await listening((req, res) => {
    res.on('close', () => { closed = true; });
    if (req.url === '/late') return;
    const write = (): void => { while (!res.destroyed && res.write('x'.repeat(8_192))); };
    res.on('drain', write);
    write();
  });
  const outside = opened();
  expect((await outside.post(request(`http://127.0.0.1:${port}/endless`, true))).beginning).toBe('x'.repeat(200));
  await expect.poll(() => closed).toBe(true);
  await expect(outside.post(request(`http://127.0.0.1:${port}/late`, true, 200))).rejects.toMatchObject({ name: 'TimeoutError' });
});
