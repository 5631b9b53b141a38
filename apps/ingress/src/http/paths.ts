/** Where a URL leads. Clients put our base URL before paths of their own, so each endpoint answers with no, one or a
 *  doubled `/v1` and with a trailing slash; the query is never looked at. */

/** `/v1/v1/chat/completions/?beta=true` → `/chat/completions` */
export function normalPath(url: string): string {
  const query = url.indexOf('?');
  let path = query < 0 ? url : url.slice(0, query);
  for (let times = 0; times < 2 && (path === '/v1' || path.startsWith('/v1/')); times++) path = path.slice(3);
  if (path.length > 1 && path.endsWith('/')) path = path.slice(0, -1);
  return path === '' ? '/' : path;
}

export const CHAT_PATH = '/chat/completions';

/** What is served, as a 404 names it. */
export const SERVED = [
  'POST /v1/chat/completions', 'GET /v1/models', 'GET /v1/models/{id}', 'GET /healthz', 'GET /readyz', 'GET /metrics', 'GET /openapi.json', 'GET /docs',
] as const;
