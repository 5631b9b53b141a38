/**
 * The dashboard's files, as they were built: everything from here, nothing inline, nothing from anywhere else. Each view has
 * an address of its own, and all of them are the one page.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import express from 'express';
import type { RequestHandler } from 'express';
import { SluiceError } from '@sluice/domain';

const SITE = fileURLToPath(new URL('../../../dashboard/dist/site/', import.meta.url));

const HEADERS = {
  'content-security-policy': "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; base-uri 'none'; form-action 'self'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer',
};
/** Named by what is in them. */
const FOREVER = 'public, max-age=31536000, immutable';

export function dashboard(site = SITE): RequestHandler {
  const app = express();
  app.disable('x-powered-by').disable('etag');
  app.use((_req, res, next) => { res.set(HEADERS); next(); });
  app.use('/assets', express.static(join(site, 'assets'), { index: false, setHeaders: (res) => void res.setHeader('cache-control', FOREVER) }));
  app.get('/*path', page(site)).get('/', page(site));
  return app;
}

const page = (site: string): RequestHandler => (req, res) => {
  const file = join(site, 'index.html');
  if (req.path.startsWith('/assets/')) throw new SluiceError('unknown_url', 'there is no such file: load the page again');
  if (!existsSync(file)) throw new SluiceError('unknown_url', 'the dashboard is not built: run npm run build');
  res.set('cache-control', 'no-cache').sendFile(file);
};
