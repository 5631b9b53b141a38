/** The listening socket: opened, closed for a time so that connections are refused, and closed for good. */
import type { Server } from 'node:http';

export interface Gate {
  /** The port it listens on. */
  open(port: number): Promise<number>;
  /** Refuses connections for so long; `dropOpen` destroys those there are. Longer of two at once. */
  refuse(forMs: number, dropOpen: boolean): void;
  readonly refusing: boolean;
  /** Ends every connection. */
  close(): Promise<void>;
}

export function createGate(server: Server): Gate {
  let port = 0;
  let reopen: NodeJS.Timeout | undefined;
  let reopenAt = 0;
  let closed = false;

  const listen = (): Promise<number> => new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, '127.0.0.1', () => {
      server.off('error', reject);
      const address = server.address();
      if (address === null || typeof address === 'string') reject(new Error('the listening socket has no port'));
      else resolve(address.port);
    });
  });
  const reopenNow = (): void => {
    reopen = undefined;
    // Somebody else took the port meanwhile: that is as good as refusing, so it is tried again until it is free.
    listen().catch(() => { if (!closed) reopen = setTimeout(reopenNow, 50); });
  };

  return {
    async open(wanted) {
      port = wanted;
      port = await listen();
      return port;
    },
    refuse(forMs, dropOpen) {
      const until = performance.now() + forMs;
      if (server.listening) server.close();
      if (dropOpen) server.closeAllConnections();
      else server.closeIdleConnections();
      if (until <= reopenAt && reopen) return;
      clearTimeout(reopen);
      reopenAt = until;
      reopen = setTimeout(reopenNow, forMs);
    },
    get refusing() {
      return reopen !== undefined;
    },
    async close() {
      if (closed) return;
      closed = true;
      clearTimeout(reopen);
      const stopped = server.listening ? new Promise<void>((resolve) => server.close(() => resolve())) : Promise.resolve();
      server.closeAllConnections();
      await stopped;
    },
  };
}
