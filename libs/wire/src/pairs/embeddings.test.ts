/** Embeddings in other formats, by examples of our own. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { packed, unpacked } from '../formats/embeddings/answer.ts';
import { readEmbeddingsRequest } from '../formats/embeddings/schema.ts';
import { readEmbeddingsAnswer } from '../formats/embeddings/seen.ts';
import { PLAIN_RULES } from '../leaf/rules.ts';
import { asAsked } from '../passthrough/embeddings.ts';
import { conversionBetween } from './conversion.ts';

function pair(to: string) {
  const conversion = conversionBetween('embeddings', `${to}-embeddings`);
  if (!conversion) throw new Error(`there is no conversion to ${to}`);
  return {
    request: (text: string, onUnsupported: 'refuse' | 'drop' = 'refuse') =>
      conversion.request({ text, model: 'm', onUnsupported, memory: new Map(), rules: PLAIN_RULES }),
    answer: (text: string, asked = '{}') => JSON.parse(conversion.response({ text, asked, model: 'm', id: '0123456789', createdAt: 1, rules: PLAIN_RULES }).body) as unknown,
  };
}

describe('a request', () => {
  const text = '{"model":"x","input":["a","b"],"dimensions":256,"encoding_format":"base64"}';

  test.each([
    ['gemini', text, {
      requests: [
        { model: 'models/m', content: { parts: [{ text: 'a' }] }, outputDimensionality: 256 },
        { model: 'models/m', content: { parts: [{ text: 'b' }] }, outputDimensionality: 256 },
      ],
    }],
    ['vertex', text, { instances: [{ content: 'a' }, { content: 'b' }], parameters: { outputDimensionality: 256 } }],
    ['cohere', text, { texts: ['a', 'b'], input_type: 'search_document', output_dimension: 256 }],
    ['titan', '{"model":"x","input":"a"}', { inputText: 'a' }],
    ['nova', '{"model":"x","input":"a"}', { taskType: 'SINGLE_EMBEDDING', singleEmbeddingParams: { embeddingPurpose: 'GENERIC_INDEX', text: { truncationMode: 'END', value: 'a' } } }],
  ])('to %s', (to, asked, body) => {
    const made = pair(to).request(asked);
    expect(made.kind === 'converted' && JSON.parse(made.body)).toEqual(body);
    expect(made.kind === 'converted' && made.warnings).toEqual([]);
  });

  test('tokens, and a second text where one is taken, are refused by name', () => {
    expect(pair('gemini').request('{"input":[1,2]}')).toMatchObject({ kind: 'refused', path: 'input' });
    expect(pair('vertex').request('{"input":["a",[1]]}')).toMatchObject({ kind: 'refused', path: 'input[1]' });
    expect(pair('titan').request(text)).toMatchObject({ kind: 'refused', path: 'input' });
    expect(pair('titan').request(text, 'drop')).toMatchObject({ kind: 'converted', warnings: [{ path: 'input' }] });
  });

  test.each([
    [{ model: 'm', input: [] }, 'input'], [{ model: 'm', input: '' }, 'input'], [{ model: 'm', input: ['a', 1] }, 'input[1]'], [{ model: 'm', input: [[1], []] }, 'input[1]'],
    [{ model: 'm', input: 'a', encoding_format: 'ubinary' }, 'encoding_format'], [{ model: 'm', input: 'a', dimensions: 0 }, 'dimensions'], [{ input: 'a' }, 'model'],
  ])('%j is refused at the door', (body, param) => {
    expect(readEmbeddingsRequest(body)).toMatchObject({ kind: 'refused', param });
  });
});

describe('an answer', () => {
  const usage = { prompt_tokens: 3, total_tokens: 3 };
  const list = (embedding: unknown, counted: object = usage) => ({ object: 'list', data: [{ object: 'embedding', index: 0, embedding }], model: 'm', usage: counted });

  test.each([
    ['gemini', '{"embeddings":[{"values":[0.5,1.0]}],"usageMetadata":{"promptTokenCount":3}}'],
    ['vertex', '{"predictions":[{"embeddings":{"values":[0.5,1.0],"statistics":{"token_count":3}}}]}'],
    ['titan', '{"embedding":[0.5,1.0],"inputTextTokenCount":3}'],
  ])('of %s keeps its numbers as they were written, or packs them', (to, text) => {
    expect(pair(to).answer(text)).toEqual(list([0.5, 1]));
    expect(pair(to).answer(text, '{"encoding_format":"base64"}')).toEqual(list('AAAAPwAAgD8='));
  });

  test('of models that count in a header alone says nothing of what it cost', () => {
    const nothing = { prompt_tokens: 0, total_tokens: 0 };
    expect(pair('nova').answer('{"embeddings":[{"embedding":[1]}]}')).toEqual(list([1], nothing));
    expect(pair('cohere').answer('{"embeddings":[[1]]}')).toEqual(list([1], nothing));
    expect(pair('cohere').answer('{"embeddings":{"float":[[1]]}}')).toEqual(list([1], nothing));
    expect(readEmbeddingsAnswer(Buffer.from('{"embeddings":[[1]]}'))).toMatchObject({ kind: 'answer', seen: { usage: null } });
  });

  test('that is none is an error in its own words', () => {
    expect(readEmbeddingsAnswer(Buffer.from('{"message":"no"}'))).toMatchObject({ kind: 'error', body: { message: 'no' } });
    expect(readEmbeddingsAnswer(Buffer.from('gateway'))).toMatchObject({ kind: 'error', body: 'gateway' });
  });
});

describe('an answer that is passed on', () => {
  const float = '{"data": [{"embedding": [0.5,1.0],"index":0}], "usage":{"prompt_tokens":1}}';

  test('keeps every byte where it is as it was asked for, or no answer', () => {
    for (const text of [float, '{"data":[]}', '{}', 'x']) expect(asAsked(Buffer.from(text), { asked: 'float', strings: 'float32' }).toString()).toBe(text);
  });

  test('has its vectors in the other encoding where it was asked for', () => {
    const base64 = asAsked(Buffer.from(float), { asked: 'base64', strings: 'float32' });
    expect(base64.toString()).toBe('{"data": [{"embedding": "AAAAPwAAgD8=","index":0}], "usage":{"prompt_tokens":1}}');
    expect(asAsked(base64, { asked: 'float', strings: 'float32' }).toString()).toBe('{"data": [{"embedding": [0.5,1],"index":0}], "usage":{"prompt_tokens":1}}');
    expect(asAsked(Buffer.from('{"data":[{"embedding":"Af8="}]}'), { asked: 'float', strings: 'int8' }).toString()).toBe('{"data":[{"embedding":[1,-1]}]}');
  });

  test('loses nothing between the two', () =>
    fc.assert(fc.property(fc.array(fc.float({ noNaN: true, noDefaultInfinity: true })), (floats) => {
      expect(JSON.parse(unpacked(packed(JSON.stringify(floats))))).toEqual(floats.map((one) => (Object.is(one, -0) ? 0 : one)));
    })));
});
