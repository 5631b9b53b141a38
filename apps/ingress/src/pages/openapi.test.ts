import { ERRORS } from '@sluice/domain';
import { expect, test } from 'vitest';
import { describedPath, JOBS_PATH, SERVED, SERVED_PATHS } from '../http/paths.ts';
import { type AppParts, pages } from './app.ts';
import { OPENAPI } from './openapi.ts';

type Json = Readonly<Record<string, unknown>>;
const operations = Object.entries(OPENAPI.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation: operation as Json })));

test('every route served is described, and nothing else', () => {
  const described = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`).sort();
  expect(described).toEqual([...SERVED].sort());
});

test('every page of the app is named among what is served', () => {
  const { router } = pages({} as AppParts); // nothing is asked of them before a request
  const layers = router.stack.flatMap(({ route }) => (route ? [route] : []));
  // `all` stands there once for each method that there is.
  const found = layers.filter(({ stack }) => stack.length === 1).flatMap(({ path, stack }) => stack.map(({ method }) => `${method.toUpperCase()} ${path}`));
  const patterns = new Map(SERVED_PATHS.map(({ path, pattern }) => [path, pattern]));
  const served = SERVED.map((each) => each.split(' ')).map(([method, path]) => `${method} ${patterns.get(path ?? '')}`);
  expect([...new Set(found), 'POST /chat/completions', 'POST /embeddings', `POST ${JOBS_PATH}`].sort()).toEqual([...served].sort());
});

test('a path is counted under its description', () => {
  expect(['/models/a/b', '/files', '/files/x', '/files/x/content', '/files/x/y', '/docs', '/docsx', '/nothing'].map(describedPath)).toEqual(
    ['/v1/models/{id}', '/v1/files', '/v1/files/{id}', '/v1/files/{id}/content', 'unknown', '/docs', 'unknown', 'unknown'],
  );
});

test('the document has the shape of OpenAPI 3.1', () => {
  expect(OPENAPI.openapi).toMatch(/^3\.1\.\d$/);
  expect(OPENAPI.info).toMatchObject({ title: expect.any(String), version: expect.any(String) });
  for (const { path, operation } of operations) {
    const declared = ((operation['parameters'] ?? []) as Json[]);
    for (const parameter of declared) expect(parameter).toMatchObject({ name: expect.any(String), in: expect.stringMatching(/^(path|header|query)$/), schema: expect.any(Object) });
    for (const [, name] of path.matchAll(/\{(\w+)\}/g)) expect(declared).toContainEqual(expect.objectContaining({ name, in: 'path', required: true }));
    const responses = Object.entries(operation['responses'] as Json);
    expect(responses.length).toBeGreaterThan(0);
    for (const [status, response] of responses) {
      expect(status).toMatch(/^[1-5]\d\d$/);
      expect(response).toHaveProperty('description');
    }
  }
});

test('every reference leads somewhere', () => {
  const references = [...JSON.stringify(OPENAPI).matchAll(/"\$ref":"#\/([^"]+)"/g)].map(([, path]) => path ?? '');
  expect(references.length).toBeGreaterThan(3);
  for (const reference of references) {
    expect(reference.split('/').reduce<unknown>((at, step) => (at as Json | undefined)?.[step], OPENAPI), reference).toBeDefined();
  }
});

test('the completion tells of every code of the error table that it can end with', () => {
  const text = JSON.stringify(OPENAPI.paths['/v1/chat/completions'].post.responses);
  for (const code of Object.keys(ERRORS)) if (!['method_not_allowed', 'cancelled', 'not_signed_in', 'conflict', 'precondition_failed'].includes(code)) expect(text).toContain(code);
});
