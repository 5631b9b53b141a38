/** A way to ingress that can break, as a load balancer does that is restarted: both sides lose the connection. */
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';

export interface BreakableWay {
  /** With `/v1`. */
  readonly baseURL: string;
  /** How often a client has come this way. */
  connections(): number;
  /** Ends what is open; new connections are let through. */
  break(): void;
  stop(): Promise<void>;
}

export async function openBreakableWay(to: string): Promise<BreakableWay> {
  const { hostname, port } = new URL(to);
  const open = new Set<Socket>();
  let connections = 0;
  const server = createServer((client) => {
    connections++;
    const ingress = connect(Number(port), hostname);
    for (const [socket, other] of [
      [client, ingress],
      [ingress, client],
    ] as const) {
      open.add(socket);
      socket
        .on('error', () => undefined)
        .on('close', () => {
          open.delete(socket);
          other.destroy();
        });
      socket.pipe(other);
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const breakAll = () => {
    for (const socket of [...open]) socket.destroy();
  };
  return {
    baseURL: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`, // it listens on TCP
    connections: () => connections,
    break: breakAll,
    stop: async () => {
      server.close();
      breakAll();
      await once(server, 'close');
    },
  };
}
