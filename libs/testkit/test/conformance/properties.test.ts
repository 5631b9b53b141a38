/** However its bytes are cut a stream says the same, and whatever a recording is turned into, no converter throws. */
import fc from 'fast-check';
import { providers } from '@sluice/providers';
import { dataOf, nameOf } from '@sluice/wire';
import { describe, expect, test } from 'vitest';
import { classOf } from '../../src/conformance/classes.ts';
import { inputOf } from '../../src/conformance/check-answer.ts';
import { providerIdOf } from '../../src/conformance/check-error.ts';
import { CONVERTERS, nameOf as nameOfPair, RULES, type Converter } from '../../src/conformance/converters.ts';
import { providerEvents } from '../../src/conformance/events-of.ts';
import type { Exchange } from '../../src/recordings/exchange.ts';
import { fixturesFolder, loadExchanges } from '../../src/recordings/load.ts';

const fixtures = (await loadExchanges({ folder: fixturesFolder() })).exchanges ?? [];
const { exchanges: recorded = [] } = await loadExchanges();
const all = [...fixtures, ...recorded];
const LONG_MS = 300_000;

const familyOf = (exchange: Exchange) => {
  const told = classOf(exchange);
  return told.kind === 'completion' ? told : undefined;
};

/** As the worker reads it: the provider's own splitter, then the converter. */
function converted(converter: Converter, exchange: Exchange, cuts: readonly number[]): string {
  const splitter = providers.get(providerIdOf(exchange))?.splitEvents();
  if (!splitter) throw new Error(`nobody splits the events of ${exchange.id}`);
  const { body } = exchange.response;
  const ends = [...new Set(cuts.map((cut) => Math.round(cut * body.length)))].sort((a, b) => a - b);
  const pieces = [...ends, body.length].map((end, index) => body.subarray(ends[index - 1] ?? 0, end));
  const events = [...pieces.flatMap((piece) => splitter.push(Buffer.from(piece))), splitter.rest()?.bytes ?? Buffer.alloc(0)];
  const stream = converter.stream(inputOf(converter));
  const sent = events.flatMap((event) => {
    const data = dataOf(event);
    return data === undefined || data.trim() === '[DONE]' ? [] : [...stream.step({ name: nameOf(event) ?? null, data })];
  });
  return [...sent, ...stream.end()].join('');
}

describe.each(CONVERTERS.map((converter) => [nameOfPair(converter), converter] as const))('%s', (_, converter) => {
  const streams = all.filter((exchange) => familyOf(exchange)?.family === converter.to && familyOf(exchange)?.answer === 'stream' && exchange.response.body[0] !== 0x5b);
  const texts = all.flatMap((exchange) => {
    const told = familyOf(exchange);
    return told?.family === converter.from && told.request && exchange.request.bodyText?.startsWith('{') ? [exchange.request.bodyText] : [];
  });
  const answers = all.filter((exchange) => familyOf(exchange)?.family === converter.to && exchange.response.body.length > 0 && familyOf(exchange)?.answer !== 'life cycle');

  test('any cuts of any stream give the same', () => {
    expect(streams.length).toBeGreaterThan(0);
    fc.assert(fc.property(fc.constantFrom(...streams), fc.array(fc.double({ min: 0, max: 1, noNaN: true }), { maxLength: 12 }), (exchange, cuts) =>
      converted(converter, exchange, cuts) === converted(converter, exchange, [])), { numRuns: 200 });
  }, LONG_MS);

  test('no mutated request makes it throw: it answers JSON or a refusal', () => {
    fc.assert(fc.property(fc.constantFrom(...texts).chain(mutated), fc.constantFrom('refuse' as const, 'drop' as const), (text, onUnsupported) => {
      const made = converter.request({ text, model: 'm', onUnsupported, memory: new Map(), rules: RULES[converter.to] });
      if (made.kind === 'converted') JSON.parse(made.body);
    }), { numRuns: 400 });
  }, LONG_MS);

  test('no mutated answer makes it throw, whole or streamed', () => {
    const whole = answers.filter(({ stream }) => !stream).map(({ response }) => response.body.toString('utf8')).filter((text) => text.startsWith('{'));
    fc.assert(fc.property(fc.constantFrom(...whole).chain(mutated), (text) => {
      JSON.parse(converter.response({ ...inputOf(converter), text }).body);
    }), { numRuns: 200 });
    fc.assert(fc.property(fc.constantFrom(...streams).chain(({ response }) => {
      const events = providerEvents(converter.to, response.body, 'whole').slice(0, 60);
      return fc.tuple(...events.map(({ name, data }) => fc.oneof({ weight: 8, arbitrary: fc.constant(data) }, { weight: 1, arbitrary: mutated(data) }).map((text) => ({ name, data: text }))));
    }), (events) => {
      const stream = converter.stream(inputOf(converter));
      for (const event of [...events.flatMap((one) => stream.step(one)), ...stream.end()]) if (event !== 'data: [DONE]\n\n') JSON.parse(event.slice('data: '.length));
    }), { numRuns: 100 });
  }, LONG_MS);
});

/** One value of a JSON text turned into another, taken out or doubled; or the text cut. */
function mutated(text: string): fc.Arbitrary<string> {
  const values = [...text.matchAll(/"(?:[^"\\]|\\.)*"(?!\s*:)|-?\d[\d.eE+-]*|true|false|null|\{\}|\[\]/g)];
  if (values.length === 0) return fc.constant(text);
  const other = fc.constantFrom('null', '0', '-1', '1e400', '""', '{}', '[]', '[[]]', '{"a":{"b":[]}}', 'true', String.raw`"\ud800"`, '"data:,%"', '[{"type":"text"}]');
  const changed = fc.tuple(fc.constantFrom(...values), other).map(([{ index, 0: value }, by]) => text.slice(0, index) + by + text.slice(index + value.length));
  const cut = fc.nat({ max: text.length }).map((end) => text.slice(0, end));
  return fc.oneof({ weight: 9, arbitrary: changed }, { weight: 1, arbitrary: cut });
}
