import { expect, test } from 'vitest';
import { identityIn, noOpEvent, withIdentity } from './no-op.ts';

test('the event has a choice that says nothing, because no choice at all breaks clients', () => {
  const event = noOpEvent({ id: 'i', model: 'm' }, 5_900);
  expect(event).toMatch(/^data: \{.*\}\n\n$/);
  expect(JSON.parse(event.slice(6))).toEqual({
    id: 'i', object: 'chat.completion.chunk', created: 5, model: 'm', choices: [{ index: 0, delta: {}, finish_reason: null }],
  });
});

test('the identity of a stream is that of its first chunk that has one', () => {
  expect(identityIn(Buffer.from(': hi\n\ndata: {"id":"","model":""}\n\ndata: {"id":"a","model":"m"}\r\n\r\ndata: [DONE]\n\n'))).toEqual({ id: 'a', model: 'm' });
  expect(identityIn(Buffer.from(': hi\n\ndata: [DONE]\n\ndata: {broken\n\n'))).toBeUndefined();
});

test('another identity changes id and model, and nothing else to the byte', () => {
  const given = Buffer.from(': c\n\ndata: {"id":"a","x":1.0,"model":"m","choices":[{"id":"b"}]}\n\ndata: {"error":{}}\n\ndata: [DONE]\n\n');
  expect(withIdentity(given, { id: 'I', model: 'M' }).toString())
    .toBe(': c\n\ndata: {"id":"I","x":1.0,"model":"M","choices":[{"id":"b"}]}\n\ndata: {"error":{}}\n\ndata: [DONE]\n\n');
});
