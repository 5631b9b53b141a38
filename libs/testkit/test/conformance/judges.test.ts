/** The judges are calibrated: each takes the real requests of its own API that were answered with 200, but for known ones. */
import { describe, expect, test } from 'vitest';
import { loadExchanges } from '../../src/recordings/load.ts';
import { classOf, tallyOf } from '../../src/conformance/classes.ts';
import { EXCEPTIONS, unexplained } from '../../src/judges/exceptions.ts';
import { FORMATS, requestJudges, type Format } from '../../src/judges/judges.ts';
import { readers } from '../../src/facts/read.ts';

const { exchanges = [], reason } = await loadExchanges();
const none = exchanges.length === 0;

/** Those who own a format, or run its owner's own models. */
const OWNERS: Readonly<Record<Format, readonly string[]>> = {
  chat: ['openai', 'azure'], responses: ['openai', 'azure', 'bedrock'], messages: ['anthropic', 'bedrock', 'vertex'], converse: ['bedrock'], gemini: ['gemini', 'vertex'],
};

describe.skipIf(none)(`recorded requests${reason ? ` (${reason})` : ''}`, () => {
  const requests = exchanges.flatMap((exchange) => {
    const told = classOf(exchange);
    if (told.kind !== 'completion' || told.family === 'ollama' || !told.request || told.answer === 'error') return [];
    return [{ id: exchange.id, provider: exchange.provider, format: told.family, text: exchange.request.bodyText ?? '' }];
  });

  test.each(FORMATS)('%s: its judge takes those that its owners took', (format) => {
    const own = requests.filter((request) => request.format === format && OWNERS[format].includes(request.provider));
    const refused = own.map(({ id, text }) => ({ id, problems: requestJudges[format](JSON.parse(text)) })).filter(({ problems }) => problems.length > 0);
    expect(own.length).toBeGreaterThan(40);
    expect(refused.map(({ id, problems }) => ({ id, problems: unexplained(format, problems) })).filter(({ problems }) => problems.length > 0)).toEqual([]);
    expect(refused.length / own.length).toBeLessThan(0.25);
  });

  test('every exception explains a recording', () => {
    const problems = requests.flatMap(({ format, text }) => requestJudges[format](JSON.parse(text)).map((problem) => ({ format, problem })));
    const unused = EXCEPTIONS.filter((exception) => !problems.some(({ format, problem }) => format === exception.format && exception.problem.test(problem)));
    expect(unused).toEqual([]);
  });

  test.each(FORMATS)('%s: every recorded body can be read', (format) => {
    for (const exchange of exchanges) {
      const told = classOf(exchange);
      if (told.kind !== 'completion' || told.family !== format) continue;
      if (told.request) expect(readers[format].request(exchange.request.bodyText ?? ''), exchange.id).not.toEqual([]);
      if (exchange.response.body.length === 0) continue;
      if (told.answer === 'body') expect(readers[format].answer(exchange.response.body.toString('utf8')), exchange.id).not.toEqual([]);
      if (told.answer === 'stream') expect(readers[format].stream(exchange.response.body), exchange.id).not.toEqual([]);
    }
  });

  test('there is no class that nobody knows', () => {
    expect(exchanges.map(classOf).filter(({ kind }) => kind === 'unknown')).toEqual([]);
    for (const [family, { all, body, stream, error, lifeCycle }] of tallyOf(exchanges)) expect(body + stream + error + lifeCycle, family).toBe(all);
  });
});

test('a judge is closed for what it does not know', () => {
  const message = { role: 'user', content: 'hello' };
  expect(requestJudges.chat({ model: 'm', messages: [message] })).toEqual([]);
  expect(requestJudges.chat({ model: 'm', messages: [message], invented: 1 })).toEqual([expect.stringContaining('invented')]);
  expect(requestJudges.messages({ model: 'm', messages: [message] })).toEqual([expect.stringContaining('max_tokens')]);
  expect(requestJudges.converse({ messages: [{ role: 'user', content: [{ text: 'hello' }] }] })).toEqual([]);
  expect(requestJudges.converse({ messages: [{ role: 'user', content: [{ text: 'hello', json: {} }] }] })).not.toEqual([]);
  expect(requestJudges.gemini({ contents: [{ role: 'user', parts: [{ text: 'hello' }] }], generation_config: { top_k: 1 } })).toEqual([]);
  expect(requestJudges.responses({ model: 'm', input: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }] })).not.toEqual([]);
});
