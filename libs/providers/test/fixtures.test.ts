/**
 * Failures written down from the providers' documentation, each with the outcome that it is meant to have. A provider that
 * copied another's API is proven by its folder here alone.
 */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import { loadExchanges } from '@sluice/testkit';
import { isObject } from '@sluice/wire';
import { expect, test } from 'vitest';
import { providers } from '../src/registry.ts';

const folder = fileURLToPath(new URL('./fixtures', import.meta.url));
const { exchanges = [] } = await loadExchanges({ folder });

function expectedOf(id: string): object {
  const fixture: unknown = JSON.parse(readFileSync(join(folder, `${id}.json`), 'utf8'));
  if (!isObject(fixture) || !isObject(fixture['outcome'])) throw new Error(`${id} does not say its outcome`);
  return fixture['outcome'];
}

test.each(exchanges.map((exchange) => [exchange.id, exchange] as const))('%s', (id, { provider: name, response }) => {
  const provider = providers.get(name);
  const receivedAt = Date.parse(response.headers['date'] ?? '') || 0;
  const body: unknown = JSON.parse(response.body.toString());
  expect(provider?.outcomeOf({ status: response.status, headers: response.headers, body, receivedAt })).toMatchObject(expectedOf(id));
});

test('every provider that is called at an account of its own has fixtures here or among the tests of the tables', () => {
  const has = new Set(exchanges.map(({ provider }) => provider));
  const elsewhere = ['openai', 'groq', 'mistral', 'openrouter', 'openai-compatible'];
  expect([...providers.keys()].filter((id) => !has.has(id) && !elsewhere.includes(id))).toEqual([]);
});
