import { ERRORS } from '@sluice/domain';
import { expect, test } from 'vitest';
import { CHAT_PATH, SERVED } from '../http/paths.ts';
import { GET_PATHS } from './app.ts';
import { OPENAPI } from './openapi.ts';

type Json = Readonly<Record<string, unknown>>;
const operations = Object.entries(OPENAPI.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, operation]) => ({ path, method, operation: operation as Json })));

test('every route served is described, and nothing else', () => {
  const described = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`).sort();
  expect(described).toEqual([...SERVED].sort());
});

test('every page of the app is named among what is served', () => {
  const served = [...SERVED].filter((each) => each.startsWith('GET')).map((each) => each.slice(4).replace(/^\/v1/, '').replace('{id}', '*id')).sort();
  expect([...GET_PATHS].sort()).toEqual(served);
  expect(SERVED).toContain(`POST /v1${CHAT_PATH}`);
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
  for (const code of Object.keys(ERRORS)) if (!['method_not_allowed', 'cancelled'].includes(code)) expect(text).toContain(code);
});
