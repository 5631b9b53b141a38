/** `/v1/batches`, exactly as OpenAI's, and its progress as a stream. */
import type { Express } from 'express';
import { type Batch, isFinalBatch, newId, SluiceError } from '@sluice/domain';
import type { BatchVerbs, FileVerbs } from '@sluice/store';
import { idempotencyConflict, idempotencyKeyOf } from '../admit/keeping.ts';
import { integerOf, queryOf, textOf } from '../http/query.ts';
import { type BodyBudget, readBody } from '../http/read-body.ts';
import type { CallerOf } from '../pages/caller.ts';
import { fingerprintOf } from '../visit.ts';
import { askedBatch } from './asked-batch.ts';
import { batchShower } from './shown-batch.ts';
import { streamProgress } from './stream-progress.ts';

export interface BatchRoutes {
  readonly batches: BatchVerbs;
  readonly files: FileVerbs;
  readonly budget: BodyBudget;
  readonly caller: CallerOf;
  /** Epoch ms of Redis. */
  readonly now: () => number;
}

export function batchRoutes(app: Express, { batches, files, budget, caller, now }: BatchRoutes): void {
  const show = batchShower(batches);

  app.post('/batches', async (req, res) => {
    const entry = caller(req, res);
    const environmentId = entry.home.environment.id;
    const body = await readBody(req, budget);
    try {
      const { windowMs, ...asked } = askedBatch(parsed(body), entry);
      const file = await files.read({ environmentId, id: asked.inputFileId });
      if (file.purpose !== 'batch') throw new SluiceError('invalid_request', `input_file_id: a file of purpose 'batch' is needed, this one is '${file.purpose}'`, { param: 'input_file_id' });
      const createdAt = now();
      const key = idempotencyKeyOf(req.headers);
      const made = await batches.create(
        { ...asked, id: newId('batch_', createdAt), environmentId, apiKeyId: entry.key.id, createdAt, expiresAt: createdAt + windowMs },
        key === null ? null : { key, fingerprint: fingerprintOf(entry, '/v1/batches', body) },
      );
      if (made === 'conflict') throw idempotencyConflict();
      res.json(await show(made));
    } finally {
      budget.give(body.length);
    }
  });
  app.get('/batches', async (req, res) => {
    const query = queryOf(req);
    const environmentId = caller(req, res).home.environment.id;
    const limit = integerOf(query, 'limit', { least: 1, most: 100, otherwise: 20 });
    const found = await batches.list({ environmentId, limit, after: textOf(query, 'after') });
    const data = await Promise.all(found.slice(0, limit).map(show));
    res.json({ object: 'list', data, first_id: data[0]?.id ?? null, last_id: data.at(-1)?.id ?? null, has_more: found.length > limit });
  });
  app.get('/batches/:id', async (req, res) => {
    res.json(await show(await batches.read({ environmentId: caller(req, res).home.environment.id, id: req.params.id })));
  });
  app.post('/batches/:id/cancel', async (req, res) => {
    res.json(await show(await batches.cancel({ environmentId: caller(req, res).home.environment.id, id: req.params.id })));
  });
  app.get('/batches/:id/stream', async (req, res) => {
    const owned = { environmentId: caller(req, res).home.environment.id, id: req.params.id };
    const first = await batches.read(owned); // before the answer is begun: it may not be there
    streamProgress(res, { first, look: () => batches.read(owned), show, isLast: ({ status }: Batch) => isFinalBatch(status) });
  });
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString());
  } catch (cause) {
    throw new SluiceError('invalid_request', 'the body is not JSON', { cause });
  }
}
