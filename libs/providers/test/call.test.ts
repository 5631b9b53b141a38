/** The transport against real servers that behave, hang, reset and cut. */
import { createServer as createHttpServer, type IncomingMessage, type RequestListener } from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import {
  CALL_LIMITS, openTransport, type AnswerHead, type CallEnd, type CallHandlers, type CallLimits, type CallRequest, type Transport,
} from '../src/index.ts';

const now = () => Math.round(performance.timeOrigin + performance.now());
const FAST: CallLimits = { ...CALL_LIMITS, connectMs: 300, firstByteMs: 300, betweenChunksMs: 300, wholeMs: 5_000 };

let transport: Transport;
const servers: Server[] = [];
beforeEach(() => {
  transport = openTransport({ now, connectMs: 10_000 });
});
afterEach(async () => {
  await transport.stop();
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => {
    server.close(resolve);
    if ('closeAllConnections' in server) (server as { closeAllConnections(): void }).closeAllConnections();
  })));
});

const listen = (server: Server): Promise<string> => new Promise((resolve) => {
  servers.push(server);
  server.listen(0, '127.0.0.1', () => resolve(`http://127.0.0.1:${(server.address() as AddressInfo).port}`));
});
const http = (listener: RequestListener) => listen(createHttpServer(listener));
/** Answers each connection's first request with these bytes, then does as told. */
const raw = (bytes: string, then: 'end' | 'reset' | 'hold') => {
  const sockets = new Set<Socket>();
  const server = createTcpServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.once('data', () => socket.write(bytes, () => {
      if (then === 'end') socket.end();
      if (then === 'reset') setImmediate(() => socket.resetAndDestroy());
    }));
  });
  server.on('close', () => sockets.forEach((socket) => socket.destroy()));
  const close = server.close.bind(server);
  server.close = (done) => {
    sockets.forEach((socket) => socket.destroy());
    return close(done);
  };
  return listen(server);
};

const bodyOf = async (request: IncomingMessage): Promise<Buffer> => {
  const pieces: Buffer[] = [];
  for await (const piece of request) pieces.push(piece as Buffer);
  return Buffer.concat(pieces);
};

interface Called {
  readonly end: CallEnd;
  readonly head: AnswerHead | undefined;
  readonly body: string;
}

async function call(origin: string, request: Partial<CallRequest> = {}, handlers: Partial<CallHandlers> = {}): Promise<Called> {
  let head: AnswerHead | undefined;
  const pieces: Buffer[] = [];
  const end = await transport.call({
    method: 'POST', origin, path: '/v1/chat/completions', headers: { authorization: 'Bearer k' }, body: Buffer.from('{"a":1.0}'),
    sendBy: now() + 60_000, limits: FAST, signal: new AbortController().signal, ...request,
  }, {
    onHead: (answer) => {
      head = answer;
    },
    onData: (chunk) => {
      pieces.push(Buffer.from(chunk));
      return undefined;
    },
    ...handlers,
  });
  return { end, head, body: Buffer.concat(pieces).toString() };
}

describe('a provider that behaves', () => {
  test('gets the body as it is, and its answer comes back with times in order', async () => {
    const seen: { body?: string; headers?: IncomingMessage['headers'] } = {};
    const origin = await http((request, response) => void bodyOf(request).then((body) => {
      Object.assign(seen, { body: body.toString(), headers: request.headers });
      response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'r1' }).end('{"ok":true}');
    }));
    const { end, head, body } = await call(origin);
    expect(seen.body).toBe('{"a":1.0}');
    expect(seen.headers).toMatchObject({ authorization: 'Bearer k', 'content-length': '9' });
    expect(head).toMatchObject({ status: 200, headers: { 'x-request-id': 'r1' } });
    expect(body).toBe('{"ok":true}');
    expect(end.failure).toBeNull();
    const { sentAt, bodySentAt, firstByteAt, endedAt } = end;
    expect([sentAt, bodySentAt, firstByteAt, endedAt]).toEqual([sentAt, bodySentAt, firstByteAt, endedAt].sort());
  });

  test('is called again on connections it has', async () => {
    const ports = new Set<number>();
    const origin = await http((request, response) => {
      ports.add(request.socket.remotePort ?? 0);
      request.resume().on('end', () => response.end('x'));
    });
    for (let n = 0; n < 20; n++) expect((await call(origin)).end.failure).toBeNull();
    // The next call may begin before the connection of the last is free again.
    expect(ports.size).toBeLessThanOrEqual(2);
  });

  test('gets a large body whole, and is said to have been sent it only then', async () => {
    const body = Buffer.alloc(8 * 1024 * 1024, 'b');
    let letRead: () => void = () => undefined;
    const reading = new Promise<void>((resolve) => {
      letRead = resolve;
    });
    let length = 0;
    const origin = await http((request, response) => {
      request.pause();
      void reading.then(() => bodyOf(request)).then((got) => {
        length = got.length;
        response.end('x');
      });
    });
    let sent = false;
    const calling = call(origin, { body, limits: { ...FAST, firstByteMs: 10_000 } }, {
      maySend: () => {
        setTimeout(() => {
          expect(sent).toBe(false);
          letRead();
        }, 200);
        return true;
      },
      onSent: () => {
        sent = true;
      },
    });
    const { end } = await calling;
    expect(end.failure).toBeNull();
    expect(sent).toBe(true);
    expect(length).toBe(body.length);
    expect((end.bodySentAt ?? 0) - (end.sentAt ?? 0)).toBeGreaterThanOrEqual(150);
  });

  test('is held back while the reader is behind, and nothing is lost', async () => {
    const total = 12 * 1024 * 1024;
    let written = 0;
    const origin = await http((request, response) => {
      request.resume();
      const piece = Buffer.alloc(64 * 1024, 'x');
      const write = (): void => {
        while (written < total) {
          written += piece.length;
          if (!response.write(piece)) return void response.once('drain', write);
        }
        response.end();
      };
      write();
    });
    let received = 0;
    let release: () => void = () => undefined;
    const held = new Promise<void>((resolve) => {
      release = resolve;
    });
    let writtenWhileHeld = 0;
    const { end } = await call(origin, {}, {
      onData(chunk) {
        received += chunk.length;
        if (received > chunk.length) return undefined;
        setTimeout(() => {
          writtenWhileHeld = written;
          release();
        }, 600); // longer than the limit between chunks: being held back is not silence
        return held;
      },
    });
    expect(end.failure).toBeNull();
    expect(received).toBe(total);
    expect(writtenWhileHeld).toBeLessThan(total);
  });

  test('may send 1xx first', async () => {
    const origin = await raw('HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok', 'hold');
    expect(await call(origin)).toMatchObject({ end: { failure: null }, head: { status: 200 }, body: 'ok' });
  });
});

describe('the permit to send', () => {
  test('past its time nothing is written, even when the connection was being made', async () => {
    let requests = 0;
    const origin = await http((_request, response) => {
      requests++;
      response.end();
    });
    const { end } = await call(origin, { sendBy: now() - 1 });
    expect(end).toMatchObject({ failure: 'late', sentAt: null, bodySentAt: null, firstByteAt: null });
    await call(origin); // a later call is served, and is the only one the provider saw
    expect(requests).toBe(1);
  });

  test('is looked at after maySend, so that time lost there counts', async () => {
    const origin = await http((_request, response) => void response.end());
    const sendBy = now() + 40;
    const wait = () => {
      const until = performance.now() + 80;
      while (performance.now() < until); // the process stands still
      return true;
    };
    expect((await call(origin, { sendBy }, { maySend: wait })).end).toMatchObject({ failure: 'late', sentAt: null });
  });

  test('maySend that says no, on a new connection or a kept one: nothing is written', async () => {
    let requests = 0;
    const origin = await http((_request, response) => {
      requests++;
      response.end();
    });
    const no = { maySend: () => false };
    expect((await call(origin, {}, no)).end).toMatchObject({ failure: 'closed', sentAt: null, bodySentAt: null });
    await call(origin);
    expect((await call(origin, {}, no)).end).toMatchObject({ failure: 'closed', sentAt: null });
    expect(requests).toBe(1);
  });
});

describe('a provider that cannot be reached', () => {
  test('refuses', async () => {
    const server = createTcpServer();
    const origin = await listen(server);
    await new Promise((resolve) => servers.pop()?.close(resolve));
    expect((await call(origin)).end).toMatchObject({ failure: 'refused', sentAt: null });
  });

  test('has no name', async () => {
    const { end } = await call('http://no-such-host.invalid', { limits: { ...FAST, connectMs: 10_000 } });
    expect(end).toMatchObject({ failure: 'dns', sentAt: null });
  });

  test('speaks no TLS', async () => {
    const origin = await http((_request, response) => void response.end());
    const { end } = await call(origin.replace('http:', 'https:'), { limits: { ...FAST, connectMs: 10_000 } });
    expect(end).toMatchObject({ failure: 'tls', sentAt: null });
  });

  test('takes the connection and never finishes the handshake: the limit for connecting holds', async () => {
    const origin = await raw('', 'hold');
    const started = performance.now();
    const { end } = await call(origin.replace('http:', 'https:'));
    expect(end).toMatchObject({ failure: 'timeout_connect', sentAt: null });
    expect(performance.now() - started).toBeLessThan(1_500);
  });
});

describe('time limits', () => {
  test('no first byte', async () => {
    const { end } = await call(await raw('', 'hold'));
    expect(end).toMatchObject({ failure: 'timeout_first_byte', firstByteAt: null });
    expect(end.endedAt - (end.sentAt ?? 0)).toBeGreaterThanOrEqual(290);
    expect(end.endedAt - (end.sentAt ?? 0)).toBeLessThan(1_000);
  });

  test('silence in the middle', async () => {
    const { end, body } = await call(await raw('HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc', 'hold'));
    expect(end.failure).toBe('timeout_between_chunks');
    expect(body).toBe('abc');
  });

  test('a trickle that never ends meets the limit of the whole', async () => {
    const origin = await http((request, response) => {
      request.resume();
      const drip = setInterval(() => response.write('x'), 50);
      response.on('close', () => clearInterval(drip));
    });
    const { end } = await call(origin, { limits: { ...FAST, wholeMs: 600 } });
    expect(end.failure).toBe('timeout_whole');
    expect(end.endedAt - (end.sentAt ?? 0)).toBeLessThan(1_500);
  });
});

describe('an answer that breaks', () => {
  const head = 'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n';
  const chunked = `${head}transfer-encoding: chunked\r\n\r\n`;

  test.each([
    ['before any byte, by a reset', '', 'reset', 'reset'],
    ['before any byte, by a close', '', 'end', 'reset'],
    ['within the status line', 'HTTP/1.1 2', 'end', 'reset'],
    ['within the headers', head, 'end', 'reset'],
    ['after the headers', chunked, 'end', 'cut'],
    ['within the size of a chunk', `${chunked}1`, 'end', 'cut'],
    ['within a chunk', `${chunked}6\r\nda`, 'end', 'cut'],
    ['within a chunk, by a reset', `${chunked}6\r\nda`, 'reset', 'cut'],
    ['after a chunk, before the last', `${chunked}6\r\ndata: \r\n`, 'end', 'cut'],
    ['within the last chunk', `${chunked}6\r\ndata: \r\n0\r\n`, 'end', 'cut'],
    ['short of its content-length', `${head}content-length: 9\r\n\r\nabc`, 'end', 'cut'],
    ['with something that is not HTTP', 'SMTP ready\r\n', 'end', 'protocol'],
    ['in an encoding that was not asked for', `${head}content-encoding: gzip\r\ncontent-length: 1\r\n\r\nx`, 'hold', 'protocol'],
  ] as const)('%s', async (_where, bytes, then, failure) => {
    const { end } = await call(await raw(bytes, then));
    expect(end.failure).toBe(failure);
    expect(end.sentAt).not.toBeNull();
  });

  test('one that ends with the connection is whole', async () => {
    expect(await call(await raw('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nabc', 'end'))).toMatchObject({ end: { failure: null }, body: 'abc' });
  });

  test('one that is too large is given up', async () => {
    const origin = await http((request, response) => void request.resume().on('end', () => response.end(Buffer.alloc(300_000))));
    expect((await call(origin, { limits: { ...FAST, responseBytes: 100_000 } })).end.failure).toBe('too_large');
  });
});

describe('giving up', () => {
  test('before the connection is made nothing is sent', async () => {
    const abort = new AbortController();
    abort.abort();
    expect((await call('http://127.0.0.1:9', { signal: abort.signal })).end).toMatchObject({ failure: 'aborted', sentAt: null });
  });

  test('reaches the provider at once', async () => {
    let closed: (at: number) => void = () => undefined;
    const providerSaw = new Promise<number>((resolve) => {
      closed = resolve;
    });
    const origin = await http((request, response) => {
      request.resume();
      response.write('x');
      response.on('close', () => closed(performance.now()));
    });
    const abort = new AbortController();
    let at = 0;
    const { end } = await call(origin, { signal: abort.signal }, {
      onData() {
        at = performance.now();
        abort.abort();
        return undefined;
      },
    });
    expect(end.failure).toBe('aborted');
    expect(await providerSaw - at).toBeLessThan(200);
  });

  test('a reader that fails gives the call up', async () => {
    const origin = await http((request, response) => {
      request.resume();
      response.write('x');
    });
    expect((await call(origin, {}, { onData: () => Promise.reject(new Error('not kept')) })).end.failure).toBe('aborted');
  });

  test('many calls at once, some given up, leave nothing behind', async () => {
    const origin = await http((request, response) => void request.resume().on('end', () => setTimeout(() => response.end('ok'), 20)));
    const ends = await Promise.all(Array.from({ length: 60 }, async (_, n) => {
      const abort = new AbortController();
      if (n % 3 === 0) setTimeout(() => abort.abort(), 10);
      return (await call(origin, { signal: abort.signal })).end.failure;
    }));
    expect(ends.filter((failure) => failure === 'aborted')).toHaveLength(20);
    expect(ends.filter((failure) => failure === null)).toHaveLength(40);
  });
});
