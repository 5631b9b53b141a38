/** The admin API as the dashboard speaks it: with the session's cookie, and its CSRF token on whatever changes anything. */

export interface Session {
  readonly name: string;
  readonly csrf_token: string;
  readonly environments: readonly { readonly name: string; readonly roles: readonly string[] }[];
}

export interface Circuit {
  readonly model: string;
  readonly until: number | null;
  readonly cause: string;
}

export interface Lane {
  readonly lane: string;
  readonly priority: string;
  readonly tenant: string;
  readonly waiting: number;
  readonly oldest_at: number | null;
  readonly running: number;
  readonly granted_per_minute: number;
  readonly eta_ms: number | null;
  readonly reason: { readonly kind: string; readonly text: string };
}

export interface Queue {
  readonly connection: string;
  readonly state: 'enabled' | 'paused' | 'draining';
  readonly owned: boolean;
  readonly waiting: number;
  readonly running: number;
  readonly grants_per_second: number;
  readonly cooldown_until: number | null;
  readonly circuits: readonly Circuit[];
  readonly lanes: readonly Lane[];
}

export interface LimitUse {
  readonly dimension: string;
  readonly model: string | null;
  readonly per_ms: number;
  readonly window: string;
  readonly amount: number | null;
  readonly effective: number;
  readonly used: number;
}

export interface Connection {
  readonly name: string;
  readonly provider: string;
  readonly base_url: string;
  readonly state: Queue['state'];
  readonly managed: boolean;
  readonly has_credentials: boolean;
  readonly live: null | { readonly waiting: number; readonly running: number; readonly cooldown_until: number | null; readonly circuits: readonly Circuit[]; readonly limits: readonly LimitUse[] };
}

export interface Job {
  readonly id: string;
  readonly state: string;
  readonly mode: string;
  readonly key: string | null;
  readonly resource: string;
  readonly priority: string;
  readonly connection: string | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly error: { readonly code: string; readonly message: string | null } | null;
  readonly input_tokens: number | null;
  readonly output_tokens: number | null;
  readonly correlation_id: string | null;
  readonly tags: readonly string[];
  readonly created_at: number;
  readonly started_at: number | null;
  readonly ended_at: number | null;
}

export interface Attempt {
  readonly attempt: number;
  readonly connection: string | null;
  readonly model: string;
  readonly outcome: string;
  readonly http_status: number | null;
  readonly error_code: string | null;
  readonly queue_ms: number | null;
  readonly first_byte_ms: number | null;
  readonly total_ms: number;
}

export interface WholeJob extends Job {
  readonly attempts_made: readonly Attempt[];
  readonly explanation: { readonly text: string } | null;
  readonly deliveries: readonly { readonly event_id: string; readonly type: string; readonly state: string; readonly tries: number }[];
}

/** The server said no, in its own words. */
export class Refused extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

export interface Sent {
  readonly method?: 'GET' | 'POST' | 'DELETE';
  readonly body?: unknown;
  readonly csrf?: string;
  readonly query?: Readonly<Record<string, string | undefined>>;
}

/** Answers have the shape that the API promises for the path; whoever asks names it. */
export async function ask<T>(path: string, { method = 'GET', body, csrf, query = {} }: Sent = {}): Promise<T> {
  const asked = new URLSearchParams(Object.entries(query).flatMap(([name, value]): [string, string][] => (value ? [[name, value]] : [])));
  const response = await fetch(`/admin/v1${path}${asked.size > 0 ? `?${asked}` : ''}`, {
    method, ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...(csrf === undefined ? {} : { 'x-csrf-token': csrf }) },
  });
  if (response.status === 204) return undefined as T; // nothing is promised then
  const answer = (await response.json()) as { readonly error?: { readonly message: string } };
  if (!response.ok) throw new Refused(response.status, answer.error?.message ?? `${response.status}`);
  return answer as T; // as the API promises
}
