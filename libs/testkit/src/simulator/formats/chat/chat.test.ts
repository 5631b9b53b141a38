import { describe, expect, test } from 'vitest';
import { promptOfTokens } from '../../tokens.ts';
import { isFailure, type Given, type Prepared } from '../format.ts';
import { valueOf } from '../schema-value.ts';
import { duration } from '../../manners/openai.ts';
import { chatFormat } from './chat.ts';

const given: Given = {
  seed: 1, call: 1, now: 1_767_225_600_000, wantedOutputTokens: null, cached: () => false,
  address: { model: null, stream: null, query: new URLSearchParams() },
};
const user = (content: string) => [{ role: 'user', content }];

function prepared(body: object, more: Partial<Given> = {}): Prepared {
  const result = chatFormat.prepare({ model: 'm', messages: user('What is a sluice?'), ...body }, { ...given, ...more });
  if (isFailure(result)) throw new Error(JSON.stringify(result));
  return result;
}

interface Body {
  readonly choices: readonly { readonly message: { readonly content: string | null }; readonly finish_reason: string }[];
  readonly usage?: { readonly prompt_tokens: number; readonly completion_tokens: number };
}
const bodyOf = (answer: Prepared): Body =>
  JSON.parse(answer.body({ inputTokens: answer.inputTokens, outputTokens: answer.outputTokens })) as Body;
const textOf = (answer: Prepared): string => bodyOf(answer).choices[0]?.message.content ?? '';

describe('how long an answer is', () => {
  test.each([0, 1, 5, 40, 1_000])('exactly the %i tokens that metadata ask for', (tokens) => {
    const answer = prepared({ metadata: { simulate_output_tokens: String(tokens) } });
    expect(answer.outputTokens).toBe(tokens);
    expect(bodyOf(answer).usage?.completion_tokens).toBe(tokens);
    expect(textOf(answer).split(/\s+/).filter((word) => word !== '')).toHaveLength(tokens);
    expect(answer.events(null).reduce((sum, event) => sum + event.tokens, 0)).toBe(tokens);
  });

  test('the header goes before metadata, and the maximum before both', () => {
    expect(prepared({ metadata: { simulate_output_tokens: '9' } }, { wantedOutputTokens: 7 }).outputTokens).toBe(7);
    const cut = prepared({ max_completion_tokens: 5 }, { wantedOutputTokens: 7 });
    expect(cut).toMatchObject({ outputTokens: 5, maxOutputTokens: 5 });
    expect(bodyOf(cut).choices[0]?.finish_reason).toBe('length');
  });

  test('the same request gets the same answer, another seed another', () => {
    expect(textOf(prepared({}))).toBe(textOf(prepared({}, { call: 2 })));
    const texts = new Set(Array.from({ length: 12 }, (_, seed) => textOf(prepared({}, { seed }))));
    expect(texts.size).toBeGreaterThan(1);
  });

  test('a stop sequence ends it', () => {
    const answer = prepared({ stop: ['simulator'] });
    expect(textOf(answer)).toMatch(/the provider $/);
    expect(bodyOf(answer).choices[0]?.finish_reason).toBe('stop');
  });
});

test('a prompt can be made to cost exactly so much', () => {
  for (const tokens of [8, 9, 374, 14_050]) expect(prepared({ messages: user(promptOfTokens(tokens)) }).inputTokens).toBe(tokens);
});

describe('what OpenAI refuses', () => {
  test.each([
    [{ messages: undefined }, 'messages', 'missing_required_parameter'],
    [{ messages: [] }, 'messages', 'empty_array'],
    [{ messages: [{ role: 'clown', content: '' }] }, 'messages[0].role', 'invalid_value'],
    [{ messages: [{ role: 'user', content: 3 }] }, 'messages[0].content', 'invalid_type'],
    [{ temperature: 3 }, 'temperature', 'decimal_above_max_value'],
    [{ max_tokens: 0 }, 'max_tokens', 'integer_below_min_value'],
    [{ max_tokens: 1.5 }, 'max_tokens', 'invalid_type'],
    [{ max_tokens: 1, max_completion_tokens: 1 }, 'max_tokens', 'invalid_parameter_combination'],
    [{ stream: 'yes' }, 'stream', 'invalid_type'],
    [{ stream_options: {} }, 'stream_options', null],
    [{ tool_choice: 'required' }, 'tool_choice', null],
    [{ stop: [3] }, 'stop', 'invalid_type'],
  ])('%j', (body, param, code) => {
    // Through JSON, so that undefined is a field that is not there.
    const json: unknown = JSON.parse(JSON.stringify({ model: 'm', messages: user('x'), ...body }));
    expect(chatFormat.prepare(json, given)).toMatchObject({ kind: 'invalid', param, code });
  });

  test('no JSON object, no model', () => {
    for (const json of [null, [], 'x', {}, { model: 3 }]) {
      expect(chatFormat.prepare(json, given)).toMatchObject({ kind: 'invalid' });
    }
  });
});

test.each([
  [0, '0s'], [0.2, '1ms'], [20, '20ms'], [1_200, '1.2s'], [59_999.5, '1m0s'], [360_000, '6m0s'], [3_661_500, '1h1m1.5s'],
])('a duration of %d ms is written %s', (ms, written) => {
  expect(duration(ms)).toBe(written);
});

test('a schema gets the plainest value that it allows', () => {
  const schema = {
    type: 'object',
    $defs: { kind: { enum: ['a', 'b'] } },
    properties: {
      name: { type: 'string' }, age: { type: ['integer', 'null'] }, kind: { $ref: '#/$defs/kind' },
      tags: { type: 'array', items: { type: 'boolean' }, minItems: 2 },
      either: { anyOf: [{ type: 'null' }, { type: 'string' }] }, again: { $ref: '#' },
    },
  };
  expect(valueOf(schema, 'text')).toMatchObject({
    name: 'text', age: 1, kind: 'a', tags: [true, true], either: null, again: { name: 'text' },
  });
});
