import { createServer } from 'node:net';

/** A port of 127.0.0.1 that nothing listens on at this moment. Somebody may take it before we do: be ready to ask again. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => {
        if (address === null || typeof address === 'string') reject(new Error('no port given'));
        else resolve(address.port);
      });
    });
  });
}

/** Can we listen there? `EADDRINUSE` and `EACCES` are answers, anything else is an error. */
export function portProblem(port: number, host: string): Promise<'taken' | 'forbidden' | 'no such address' | undefined> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve('taken');
      else if (error.code === 'EACCES') resolve('forbidden');
      else if (error.code === 'EADDRNOTAVAIL' || error.code === 'ENOTFOUND') resolve('no such address');
      else reject(error);
    });
    server.listen(port, host, () => server.close(() => resolve(undefined)));
  });
}
