/** Sluice over HTTP: the admin API with a personal token, `/v1` with an API key. */
import { EXIT, Stop } from './command.ts';

/** What the API answers, looked into by the names that it promises. */
export interface Told {
  readonly [field: string]: unknown;
}

export interface Sent {
  readonly method?: string;
  readonly body?: unknown;
  readonly query?: Readonly<Record<string, string | undefined>>;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Api {
  readonly url: string;
  /** Below `/admin/v1`. Throws `Stop` with the server's own words. */
  admin(path: string, sent?: Sent): Promise<Told>;
  /** Below `/v1`, with the API key. The answer as it comes, where it is no error. */
  data(path: string, sent?: Omit<Sent, 'query'> & { readonly form?: FormData }): Promise<Response>;
}

export interface ApiOptions {
  readonly url: string;
  readonly token: string | undefined;
  readonly key: string | undefined;
  readonly environment: string | undefined;
  readonly stop: AbortSignal;
}

export function openApi({ url, token, key, environment, stop }: ApiOptions): Api {
  const base = url.replace(/\/+$/, '');
  const ask = (address: string, init: RequestInit): Promise<Response> => fetch(address, { ...init, signal: stop }).catch((error: unknown) => {
    if (stop.aborted) throw new Stop('stopped', EXIT.failed);
    throw new Stop(`${base} does not answer (${causeOf(error)}): is it running, and is SLUICE_URL right?`, EXIT.unreachable);
  });
  return {
    url: base,
    async admin(path, { method = 'GET', body, query = {}, headers = {} } = {}) {
      if (token === undefined) throw new Stop('not signed in: run `sluice login`, or set SLUICE_TOKEN to a personal token', EXIT.notAllowed);
      const asked = Object.entries({ environment, ...query }).flatMap(([name, value]): [string, string][] => (value === undefined ? [] : [[name, value]]));
      const response = await ask(`${base}/admin/v1${path}${asked.length > 0 ? `?${new URLSearchParams(asked)}` : ''}`, {
        method, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: { authorization: `Bearer ${token}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      });
      if (!response.ok) throw await refusal(response);
      return response.status === 204 ? {} : (await response.json()) as Told; // the API's own shape
    },
    async data(path, { method = 'GET', body, form, headers = {} } = {}) {
      if (key === undefined) throw new Stop('no API key: set SLUICE_KEY', EXIT.notAllowed);
      const response = await ask(`${base}/v1${path}`, {
        method, ...(form ? { body: form } : body === undefined ? {} : { body: JSON.stringify(body) }),
        headers: { authorization: `Bearer ${key}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      });
      if (!response.ok) throw await refusal(response);
      return response;
    },
  };
}

export async function refusal(response: Response): Promise<Stop> {
  const text = await response.text();
  const message = messageIn(text) ?? text.slice(0, 300);
  const isOurs = response.status === 401 || response.status === 403;
  return new Stop(`${response.status}: ${message}`, isOurs ? EXIT.notAllowed : EXIT.failed);
}

function messageIn(text: string): string | undefined {
  try {
    return (JSON.parse(text) as { error?: { message?: string } }).error?.message; // the one body of errors
  } catch {
    return undefined; // whatever answered, it was not Sluice
  }
}

function causeOf(error: unknown): string {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
  return cause instanceof Error ? ('code' in cause ? String(cause.code) : cause.message) : String(error);
}
