/** Every chat request that a real provider answered is accepted, and its bytes survive the edits made on its way. */
import { loadExchanges } from '@sluice/testkit';
import { describe, expect, test } from 'vitest';
import { forRoute, members, replaceValues, REQUEST_FORMATS, withoutSluice } from '../src/index.ts';

const { exchanges, reason } = await loadExchanges();

describe.skipIf(exchanges === undefined)(`recorded chat requests${reason ? ` (${reason})` : ''}`, () => {
  const all = (exchanges ?? []).filter(({ wire, request }) => wire.endsWith('chat_completions') && request.recorded)
    .map(({ id, request, response }) => ({ id, status: response.status, text: Buffer.from(request.bodyText ?? '{}') }));

  test.each(all.filter(({ status }) => status === 200))('$id is accepted', ({ text }) => {
    // Azure's clients name the model in the path.
    const named = text.includes('"model":null') ? replaceValues(text, members(text), 'model', '"fast"') : text;
    expect(REQUEST_FORMATS.chat.read(JSON.parse(named.toString()))).toMatchObject({ kind: 'request' });
  });

  test.each(all)('$id takes a route and loses what is ours, without another byte changing', ({ text }) => {
    const added = Buffer.from(text.toString().replace('{', '{"sluice": {"priority":"x"},'));
    expect(withoutSluice(added).toString()).toBe(text.toString());
    const own = members(text).find(({ key }) => key === 'model');
    if (!own) return;
    const model = text.toString('utf8', own.valueStart, own.valueEnd);
    expect(forRoute(text, 'elsewhere').toString().replace('"elsewhere"', () => model)).toBe(text.toString());
  });
});
