/** `/v1/files`, exactly as OpenAI's. */
import type { Express } from 'express';
import { fileObject } from '@sluice/domain';
import type { CallerOf } from '../pages/caller.ts';
import { integerOf, oneOf, queryOf, textOf } from '../http/query.ts';
import { sendContent } from './send-content.ts';
import { upload, type UploadParts } from './upload.ts';

export interface FileRoutes extends UploadParts {
  readonly caller: CallerOf;
}

const MOST_LISTED = 10_000;

export function fileRoutes(app: Express, parts: FileRoutes): void {
  const { files, chunks, caller } = parts;
  app.post('/files', async (req, res) => {
    const { id, settings } = caller(req, res).home.environment;
    res.json(fileObject(await upload(req, { environmentId: id, retentionMs: settings.retentionMs }, parts)));
  });
  app.get('/files', async (req, res) => {
    const environmentId = caller(req, res).home.environment.id;
    const query = queryOf(req);
    const limit = integerOf(query, 'limit', { least: 1, most: MOST_LISTED, otherwise: MOST_LISTED });
    const order = oneOf(query, 'order', ['desc', 'asc']);
    const found = await files.list({ environmentId, limit, order, purpose: textOf(query, 'purpose'), after: textOf(query, 'after') });
    const data = found.slice(0, limit).map(fileObject);
    res.json({ object: 'list', data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: found.length > limit });
  });
  app.get('/files/:id', async (req, res) => {
    res.json(fileObject(await files.read({ environmentId: caller(req, res).home.environment.id, id: req.params.id })));
  });
  app.get('/files/:id/content', async (req, res) => {
    await sendContent(res, await files.read({ environmentId: caller(req, res).home.environment.id, id: req.params.id }), chunks);
  });
  app.delete('/files/:id', async (req, res) => {
    await files.delete({ environmentId: caller(req, res).home.environment.id, id: req.params.id });
    res.json({ id: req.params.id, object: 'file', deleted: true });
  });
}
