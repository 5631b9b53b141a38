import { expect, test } from 'vitest';
import { forRoute, withoutSluice } from './chat-request.ts';

test('only the model changes on the way to a route', () => {
  const body = Buffer.from('{"model":"fast","temperature":1.0,"new_field":{"a":[1.50]}}');
  expect(forRoute(body, 'gpt-"x"').toString()).toBe('{"model":"gpt-\\"x\\"","temperature":1.0,"new_field":{"a":[1.50]}}');
});

test.each([
  ['{"model":"m","sluice":{"priority":"p"},"top_p":1.0}', '{"model":"m","top_p":1.0}'],
  ['{"model":"m","extra_body":{"sluice":{}}}', '{"model":"m"}'],
  ['{"extra_body":{"sluice":{},"top_k":5.0},"model":"m"}', '{"extra_body":{"top_k":5.0},"model":"m"}'],
  ['{"sluice":1,"extra_body":{"top_k":5.0},"model":"m"}', '{"extra_body":{"top_k":5.0},"model":"m"}'],
  ['{"sluice":1,"extra_body":"x","model":"m"}', '{"extra_body":"x","model":"m"}'],
  ['{"model":"m","messages":[{"sluice":1}]}', '{"model":"m","messages":[{"sluice":1}]}'],
])('%s without what is ours is %s', (given, left) => {
  expect(withoutSluice(Buffer.from(given)).toString()).toBe(left);
});
