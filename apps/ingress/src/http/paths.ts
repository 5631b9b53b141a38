/** Where a URL leads. Clients put our base URL before paths of their own, so each endpoint answers with no, one or a
 *  doubled `/v1` and with a trailing slash. */

/** `/v1/v1/chat/completions/?beta=true` → `/chat/completions` */
export function normalPath(url: string): string {
  const query = url.indexOf('?');
  let path = query < 0 ? url : url.slice(0, query);
  for (let times = 0; times < 2 && (path === '/v1' || path.startsWith('/v1/')); times++) path = path.slice(3);
  if (path.length > 1 && path.endsWith('/')) path = path.slice(0, -1);
  return path === '' ? '/' : path;
}

export const JOBS_PATH = '/jobs';

/** What is served, as a 404 names it. */
export const SERVED = [
  'POST /v1/chat/completions', 'POST /v1/embeddings', 'POST /v1/jobs', 'GET /v1/jobs', 'GET /v1/jobs/{id}', 'GET /v1/jobs/{id}/result', 'GET /v1/jobs/{id}/stream', 'GET /v1/jobs/{id}/explain', 'POST /v1/jobs/{id}/cancel',
  'POST /v1/files', 'GET /v1/files', 'GET /v1/files/{id}', 'DELETE /v1/files/{id}', 'GET /v1/files/{id}/content',
  'POST /v1/batches', 'GET /v1/batches', 'GET /v1/batches/{id}', 'POST /v1/batches/{id}/cancel', 'GET /v1/batches/{id}/stream',
  'GET /v1/models', 'GET /v1/models/{id}', 'GET /healthz', 'GET /readyz', 'GET /metrics', 'GET /openapi.json', 'GET /docs',
] as const;

const methodOf = (served: string): string => served.slice(0, served.indexOf(' '));
const pathOf = (served: string): string => served.slice(served.indexOf(' ') + 1);

export interface ServedPath {
  /** As it is described: `/v1/files/{id}`. */
  readonly path: string;
  /** As Express reads what `normalPath` leaves. The name of a model may hold slashes. */
  readonly pattern: string;
  /** As `Allow` lists them. */
  readonly methods: string;
}

/** Every path that is served, with all its methods. */
export const SERVED_PATHS: readonly ServedPath[] = [...new Set(SERVED.map(pathOf))].map((path) => ({
  path,
  pattern: path.replace(/^\/v1/, '').replace('{id}', path.startsWith('/v1/models') ? '*id' : ':id'),
  methods: [...SERVED.filter((each) => pathOf(each) === path).map(methodOf).flatMap((method) => (method === 'GET' ? ['GET', 'HEAD'] : [method])), 'OPTIONS'].join(', '),
}));

const MATCHERS = SERVED_PATHS.map(({ path, pattern }) => ({
  path, expression: new RegExp(`^${pattern.replaceAll('.', '\\.').replace('*id', '.+').replace(':id', '[^/]+')}$`),
}));

/** The description that a path falls under, for metrics: what clients make up is `unknown`. */
export const describedPath = (path: string): string => MATCHERS.find(({ expression }) => expression.test(path))?.path ?? 'unknown';
