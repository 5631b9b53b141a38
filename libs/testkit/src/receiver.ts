/** A receiver of webhooks, as badly behaved as a test wants it. */
import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ReceivedCall {
  readonly id: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface Receiver {
  readonly url: string;
  readonly received: readonly ReceivedCall[];
  /** The most that were open at once. */
  mostAtOnce(): number;
  stop(): Promise<void>;
}

export async function startReceiver(answer: (res: ServerResponse, received: ReceivedCall, count: number) => void = (res) => void res.end()): Promise<Receiver> {
  const received: ReceivedCall[] = [];
  let open = 0;
  let most = 0;
  const server = createServer((req, res) => {
    most = Math.max(most, ++open);
    res.on('close', () => { open -= 1; });
    const pieces: Buffer[] = [];
    req.on('data', (piece: Buffer) => pieces.push(piece)).on('end', () => {
      const one = { id: String(req.headers['webhook-id']), headers: req.headers, body: Buffer.concat(pieces).toString() };
      received.push(one);
      answer(res, one, received.length);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`, // it listens on TCP
    received,
    mostAtOnce: () => most,
    async stop() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
