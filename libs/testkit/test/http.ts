/** A bare client for these tests: what the SDK hides (bytes, resets, half answers) is what they look at. */
import { request, type IncomingHttpHeaders, type ClientRequest } from 'node:http';

export interface Heard {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** Null when the answer ended as it should. */
  readonly broken: string | null;
  readonly firstByteMs: number;
}

export interface Asking {
  readonly answer: Promise<Heard>;
  readonly request: ClientRequest;
  /** What has arrived until now. */
  readonly sofar: () => { readonly status: number | null; readonly body: string };
}

export function ask(base: string, body: object, headers: Readonly<Record<string, string>> = {}): Asking {
  const startedAt = performance.now();
  let status: number | null = null;
  let text = '';
  const req = request(`${base}/chat/completions`, {
    method: 'POST', agent: false, headers: { authorization: 'Bearer sk-test', 'content-type': 'application/json', ...headers },
  });
  const answer = new Promise<Heard>((resolve, reject) => {
    req.once('error', reject);
    req.once('response', (res) => {
      status = res.statusCode ?? 0;
      const firstByteMs = performance.now() - startedAt;
      const done = (broken: string | null): void => resolve({
        status: res.statusCode ?? 0, headers: res.headers, body: text, broken, firstByteMs,
      });
      res.setEncoding('utf8');
      res.on('data', (part: string) => { text += part; });
      res.once('end', () => done(null));
      res.once('error', (error) => done(error.message));
    });
  });
  req.end(JSON.stringify(body));
  return { answer, request: req, sofar: () => ({ status, body: text }) };
}

export const chat = (more: object = {}): object => ({ model: 'm', messages: [{ role: 'user', content: 'hello' }], ...more });
