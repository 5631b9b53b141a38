/**
 * The HTTP server: bounds on every client, completions in front, everything else behind.
 */
import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { newJobId } from '@sluice/domain';
import type { EndError, Part } from '@sluice/domain';
import { requestIds } from './answer-headers.ts';
import { preflightHeaders } from './cors.ts';
import type { Origins } from './cors.ts';
import { errorAnswer } from './error-handler.ts';
import { JOBS_PATH, normalPath } from './paths.ts';

export interface ServerOptions {
  readonly port: number;
  readonly host: string;
  /** Answers of models, by the paths they are asked for at. */
  readonly completions: ReadonlyMap<string, (req: IncomingMessage, res: ServerResponse) => Promise<void>>;
  readonly submitJob: (req: IncomingMessage, res: ServerResponse) => Promise<void>;
  readonly pages: (req: IncomingMessage, res: ServerResponse) => void;
  readonly origins: () => Origins;
}

export interface Listening extends Part {
  readonly port: number;
  /** No new connections; those without a request are closed, the others after their answer. Resolves when all are gone. */
  close(): Promise<void>;
}

const HEADERS_WITHIN_MS = 15_000;
/** For a whole upload: 200 MB within it is 1 Mbit/s. Bodies that are held in memory have less: see `readBody`. */
const REQUEST_WITHIN_MS = 1_800_000;
/** Longer than the pools of clients keep a connection, so that it is they who close it and never in the face of a request. */
const KEEP_ALIVE_MS = 75_000;

export async function listen(options: ServerOptions): Promise<Listening> {
  const server = createServer(
    { headersTimeout: HEADERS_WITHIN_MS, requestTimeout: REQUEST_WITHIN_MS, keepAliveTimeout: KEEP_ALIVE_MS, connectionsCheckingInterval: 5_000, maxHeaderSize: 32_768 },
    (req, res) => {
      // A connection that goes on after the port is closed would keep clients here for ever.
      if (closing) res.shouldKeepAlive = false;
      route(req, res, options);
    },
  );
  let closing = false;
  server.on('clientError', refuseBrokenRequest);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, 4_096, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { port } = server.address() as AddressInfo; // it listens on TCP
  const closed = closer(server);
  const close = (): Promise<void> => {
    closing = true;
    return closed();
  };
  return {
    port,
    close,
    async stop() {
      const gone = close();
      server.closeAllConnections();
      await gone;
    },
  };
}

/** Closing once, however often it is asked for. */
function closer(server: Server): () => Promise<void> {
  let closing: Promise<void> | undefined;
  return () => (closing ??= new Promise((resolve) => {
    server.close(() => resolve());
    server.closeIdleConnections();
  }));
}

function route(req: IncomingMessage, res: ServerResponse, { completions, submitJob, pages, origins }: ServerOptions): void {
  const path = normalPath(req.url ?? '/');
  const complete = req.method === 'POST' ? completions.get(path) : undefined;
  if (complete) return void complete(req, res);
  if (req.method === 'POST' && path === JOBS_PATH) return void submitJob(req, res);
  if (req.method === 'OPTIONS') {
    res.writeHead(204, { ...requestIds(newJobId(Date.now())), allow: `GET, HEAD, POST, ${isAdmin(path) ? 'PATCH, ' : ''}DELETE, OPTIONS`, ...(isAdmin(path) ? {} : preflightHeaders(req.headers, origins())) });
    return void res.end();
  }
  req.url = path + queryIn(req.url ?? '');
  pages(req, res);
}

/** Pages of other origins have no business there. */
const isAdmin = (path: string): boolean => path === '/admin' || path.startsWith('/admin/');

/** With its question mark, or nothing. */
const queryIn = (url: string): string => (url.includes('?') ? url.slice(url.indexOf('?')) : '');

/** What never became a request: not HTTP, headers too large, or too slow. The socket is closed behind the answer. */
function refuseBrokenRequest(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const [status, message] = BROKEN[error.code ?? ''] ?? ['400 Bad Request', 'the request is not HTTP'];
  const refusal: EndError = { code: 'invalid_request', message, param: null, retryAfterMs: null, provider: null };
  const { body } = errorAnswer(refusal, newJobId(Date.now()));
  socket.end(`HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: application/json\r\nx-sluice-error: invalid_request\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
}

const BROKEN: Readonly<Record<string, readonly [status: string, message: string]>> = {
  HPE_HEADER_OVERFLOW: ['431 Request Header Fields Too Large', 'the headers are larger than 32 kB'],
  ERR_HTTP_REQUEST_TIMEOUT: ['408 Request Timeout', 'the request did not arrive in time'],
};
