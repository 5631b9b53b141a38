/**
 * A route of the admin API, as data: what it does to what, what it takes, and who answers. Access, checks and the OpenAPI
 * document are all made from it, so that none of them can be forgotten.
 */
import type { ServerResponse } from 'node:http';
import { SluiceError } from '@sluice/domain';
import type { Environment, Operator } from '@sluice/domain';
import { z } from 'zod';
import type { AdminParts } from './parts.ts';

/** Whose thing it is about: nobody's (no proof is asked for), the operator's own, an environment's, or the installation's. */
export type Scope = 'public' | 'own' | 'environment' | 'installation';

export interface Described {
  readonly method: 'get' | 'post' | 'patch' | 'delete';
  /** Below `/admin/v1`, with names in braces. */
  readonly path: string;
  readonly scope: Scope;
  /** `<kind>:<verb>`, as statements of policies name it. */
  readonly action: string;
  readonly summary: string;
  /** Parts of the path that name what it is about, of which a policy may speak. */
  readonly names?: string;
  /** It takes `If-Match` with the etag that was read. */
  readonly takesIfMatch?: boolean;
}

/** Who asks, about what. Of `public` routes there is no operator, of others than `environment` no environment. */
export interface Asking {
  readonly operator: Operator;
  readonly environment: Environment;
  /** The secret of the session, where one was opened; null with a token. */
  readonly session: string | null;
  readonly params: Readonly<Record<string, string>>;
  readonly ifMatch: string | null;
  readonly dryRun: boolean;
  /** Of the other end of the socket. */
  readonly address: string;
  /** Did the request come over TLS, as far as can be told? */
  readonly secure: boolean;
  readonly now: number;
}

export interface Asked<Query, Body> extends Asking {
  readonly query: Query;
  readonly body: Body;
}

export type Answer =
  | { readonly kind: 'json'; readonly status: number; readonly body: unknown; readonly headers?: Readonly<Record<string, string>> }
  | { readonly kind: 'text'; readonly type: string; readonly body: string }
  /** Writes to the response by itself, and ends with it. */
  | { readonly kind: 'stream'; readonly begin: (res: ServerResponse) => void };

export interface AdminRoute extends Described {
  readonly query: z.ZodType;
  readonly body: z.ZodType | null;
  readonly handle: (asking: Asking, sent: { readonly query: unknown; readonly body: unknown }, parts: AdminParts) => Promise<Answer>;
}

interface Definition<Query, Body> extends Described {
  readonly query?: z.ZodType<Query>;
  readonly body?: z.ZodType<Body>;
  readonly answer: (asked: Asked<Query, Body>, parts: AdminParts) => Promise<Answer>;
}

const NONE = z.object({});
export type None = z.output<typeof NONE>;

/** Checks what was sent before anybody looks at it. */
export function route<Query = None, Body = None>({ answer, query, body, ...described }: Definition<Query, Body>): AdminRoute {
  return {
    ...described, query: query ?? NONE, body: body ?? null,
    handle: (asking, sent, parts) => answer({
      ...asking,
      // Without a schema nothing is read of it: then both are `None`.
      query: read((query ?? NONE) as z.ZodType<Query>, sent.query), body: read((body ?? NONE) as z.ZodType<Body>, body ? sent.body ?? {} : {}),
    }, parts),
  };
}

/** Throws `invalid_request` naming the field. Says what is expected, never what was found: that may be a secret. */
function read<T>(schema: z.ZodType<T>, value: unknown): T {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const extra = issue?.code === 'unrecognized_keys' ? issue.keys[0] : undefined;
  const param = [...(issue?.path ?? []), ...(extra === undefined ? [] : [extra])].join('.');
  throw new SluiceError('invalid_request', `${param === '' ? 'the body' : param}: ${extra === undefined ? issue?.message ?? 'not valid' : 'unknown field'}`, { param: param === '' ? null : param });
}

export const json = (body: unknown, status = 200, headers?: Readonly<Record<string, string>>): Answer => ({ kind: 'json', status, body, ...(headers ? { headers } : {}) });

/** A list that is whole. */
export const list = (data: readonly unknown[], more: object = {}): Answer => json({ object: 'list', data, ...more });

export const nothing: Answer = { kind: 'json', status: 204, body: null };
