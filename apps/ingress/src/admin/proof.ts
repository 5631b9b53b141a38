/**
 * Who is asking: a session's cookie, or a personal token. A cookie is sent by browsers whoever made the page, so what changes
 * anything needs the session's CSRF token as well, which only a page of ours can have read.
 */
import { createHmac, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { SluiceError } from '@sluice/domain';
import type { Operator } from '@sluice/domain';
import type { AdminParts } from './parts.ts';

const COOKIE = 'sluice_session';

export interface Proven {
  readonly operator: Operator;
  /** Null with a token. */
  readonly session: string | null;
}

/** Derived, so that nothing more is stored, and useless to whoever has the one without the other. */
export const csrfOf = (session: string): string => createHmac('sha256', session).update('csrf').digest('base64url');

/** The cookie that was sent; undefined: none. */
export function sessionOf({ cookie = '' }: IncomingHttpHeaders): string | undefined {
  const found = cookie.split(';').map((pair) => pair.trim()).find((pair) => pair.startsWith(`${COOKIE}=`));
  return found?.slice(COOKIE.length + 1);
}

/** Sent back by the browser to the admin API alone, and never from another site. */
export function sessionCookie(session: string, { maxAgeSeconds, secure }: { maxAgeSeconds: number; secure: boolean }): string {
  return `${COOKIE}=${session}; Path=/admin; HttpOnly; SameSite=Strict; Max-Age=${maxAgeSeconds}${secure ? '; Secure' : ''}`;
}

/** Throws `not_signed_in`, and `permission_denied` without the CSRF token. Keys of `/v1` prove nothing here. */
export async function prove({ method, headers }: { method: string; headers: IncomingHttpHeaders }, { store }: Pick<AdminParts, 'store'>): Promise<Proven> {
  const bearer = /^bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1];
  if (bearer !== undefined) {
    const operator = bearer.startsWith('slo_') ? await store.admin.operatorOfToken(bearer) : undefined;
    if (!operator) throw new SluiceError('not_signed_in', 'the personal token is unknown or over; API keys do not open the admin API');
    return { operator, session: null };
  }
  const session = sessionOf(headers);
  const operator = session === undefined ? undefined : await store.admin.operatorOfSession(session);
  if (session === undefined || !operator) throw new SluiceError('not_signed_in', 'sign in first: POST /admin/v1/session with name and password, or send a personal token');
  if (method !== 'GET' && method !== 'HEAD') mustBeOurPage(headers, session);
  return { operator, session };
}

function mustBeOurPage(headers: IncomingHttpHeaders, session: string): void {
  mustBeSameSite(headers);
  const given = Buffer.from(String(headers['x-csrf-token'] ?? ''));
  const wanted = Buffer.from(csrfOf(session));
  if (given.length !== wanted.length || !timingSafeEqual(given, wanted)) {
    throw new SluiceError('permission_denied', 'x-csrf-token: the token of this session is needed, which GET /admin/v1/session tells', { param: 'x-csrf-token' });
  }
}

/** Browsers say where a request comes from; what does not say it is no browser. */
export function mustBeSameSite(headers: IncomingHttpHeaders): void {
  const site = headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin' && site !== 'none') throw new SluiceError('permission_denied', 'the admin API is not for pages of other sites');
}
