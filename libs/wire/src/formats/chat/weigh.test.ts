import { expect, test } from 'vitest';
import { weighChatRequest } from './weigh.ts';

const asking = (...content: unknown[]) => ({ messages: [{ role: 'user', content }] });

test('a body of text weighs its bytes', () => {
  expect(weighChatRequest(asking({ type: 'text', text: 'x'.repeat(500) }), 600)).toBe(600);
});

test('an image weighs the same however many bytes it has', () => {
  const image = (url: string) => asking({ type: 'image_url', image_url: { url } });
  const [small, large] = ['x'.repeat(100), 'x'.repeat(1_000_000)];
  expect(weighChatRequest(image(small), 200)).toBe(4_100);
  expect(weighChatRequest(image(large), 1_000_100)).toBe(4_100);
});

test('sound and files weigh a fraction of their base64', () => {
  expect(weighChatRequest(asking({ type: 'input_audio', input_audio: { data: 'x'.repeat(250_000), format: 'wav' } }), 250_100)).toBe(1_100);
  expect(weighChatRequest(asking({ type: 'file', file: { file_data: 'x'.repeat(16_000) } }), 16_100)).toBe(1_100);
});

test('nothing weighs less than a byte, and what is not understood weighs what it is', () => {
  expect(weighChatRequest({ messages: [null, { content: [null, { type: 'image_url' }] }] }, 10)).toBe(4_010);
  expect(weighChatRequest({}, 0)).toBe(1);
});
