/** A wire to a store, which a test may cut: to those who use it, the store is then killed, restarted or deaf. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

export interface Wire {
  /** The store's address by way of the wire. */
  readonly url: string;
  /** Resets what is open and refuses what comes: a server that was killed. */
  cut(): Promise<void>;
  /** Listens again, at the same address. */
  mend(): Promise<void>;
  /** Takes connections and bytes and answers nothing: a server that was stopped. */
  deafen(): void;
}

/** `address` is the URL of the store, its port included; any protocol over TCP. */
export async function openWire(address: string): Promise<Wire> {
  const target = new URL(address);
  const sockets = new Set<Socket>();
  let deaf = false;
  const server: Server = createServer((near) => {
    const far = connect(Number(target.port), target.hostname);
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('close', () => sockets.delete(socket));
      // Both ends go together, and that is what the test is about.
      socket.on('error', () => { near.destroy(); far.destroy(); });
      socket.on('close', () => { near.destroy(); far.destroy(); });
    }
    near.on('data', (bytes) => { if (!deaf) far.write(bytes); });
    far.on('data', (bytes) => { if (!deaf) near.write(bytes); });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo; // a TCP server that listens has one of this shape
  const url = new URL(address);
  url.host = `127.0.0.1:${port}`;
  return {
    url: url.href,
    async cut() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    async mend() {
      deaf = false;
      server.listen(port, '127.0.0.1');
      await once(server, 'listening');
    },
    deafen: () => { deaf = true; },
  };
}
