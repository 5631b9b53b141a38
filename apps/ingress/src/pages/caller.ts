/** Who calls a page. What is let in before the key is known is narrowed to the key's own environment. */
import type { Request, Response } from 'express';
import { authenticate } from '../admit/authenticate.ts';
import type { Directory, KeyEntry } from '../admit/directory.ts';
import { corsHeaders } from '../http/cors.ts';

/** Throws `invalid_api_key`. */
export type CallerOf = (req: Request, res: Response) => KeyEntry;

export const callerOf = (directory: () => Directory, now: () => number): CallerOf => (req, res) => {
  const entry = authenticate({ headers: req.headers, remoteAddress: req.socket.remoteAddress }, directory(), now());
  const origins = new Set(entry.home.environment.settings.corsOrigins);
  if (corsHeaders(req.headers.origin, origins)['access-control-allow-origin'] === undefined) {
    for (const name of ['access-control-allow-origin', 'access-control-expose-headers']) res.removeHeader(name);
  }
  return entry;
};
