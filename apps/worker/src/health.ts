/** `/healthz`, `/readyz` and `/metrics` for whoever watches this process. */
import { createServer, type RequestListener } from 'node:http';
import type { Part } from '@sluice/domain';

export interface HealthOptions {
  readonly host: string;
  readonly port: number;
  /** Resolves when work can be done; rejects with the reason otherwise. */
  readonly ready: () => Promise<void>;
  readonly metrics: { readonly text: () => Promise<string>; readonly contentType: string };
}

/** Rejects when the port cannot be had. */
export async function startHealth(options: HealthOptions): Promise<Part> {
  const server = createServer(answer(options));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(options.port, options.host, resolve);
  });
  return {
    stop: () => new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }),
  };
}

const answer = ({ ready, metrics }: HealthOptions): RequestListener => (request, response) => {
  const say = (status: number, text: string, contentType = 'text/plain; charset=utf-8'): void => {
    response.writeHead(status, { 'content-type': contentType }).end(text);
  };
  switch (request.url) {
    case '/healthz':
      return say(200, 'ok\n');
    case '/readyz':
      return void ready().then(() => say(200, 'ready\n'), (error: unknown) => say(503, `${reason(error)}\n`));
    case '/metrics':
      return void metrics.text().then(
        (text) => say(200, text, metrics.contentType),
        (error: unknown) => say(500, `${reason(error)}\n`),
      );
    default:
      return say(404, 'not found\n');
  }
};

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
