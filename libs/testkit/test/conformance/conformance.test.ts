/** Every registered conversion, held against our own fixtures always and against the recordings where they are. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { fixturesFolder, loadExchanges } from '../../src/recordings/load.ts';
import { CANNOT } from '../../src/conformance/cannot.ts';
import { contentDifferences } from '../../src/conformance/compare-requests.ts';
import { CONVERTERS } from '../../src/conformance/converters.ts';
import { fingerprintOf, providersPage } from '../../src/conformance/features.ts';
import { turnsOfLoops } from '../../src/conformance/loop-turns.ts';
import { mutate } from '../../src/conformance/mutate.ts';
import { reportLines, reportOf } from '../../src/conformance/report.ts';
import { conformance } from '../../src/conformance/run.ts';
import { classOf } from '../../src/conformance/classes.ts';
import { readers } from '../../src/facts/read.ts';
import { requestJudges } from '../../src/judges/judges.ts';
import { say } from '../../src/say/say.ts';

const fixtures = (await loadExchanges({ folder: fixturesFolder() })).exchanges ?? [];
const { exchanges = [], reason } = await loadExchanges();
const LONG_MS = 300_000;
const PAGE = fileURLToPath(new URL('../../../../docs/providers.md', import.meta.url));
const page = readFileSync(PAGE, 'utf8');

const failing = (lines: Awaited<ReturnType<typeof conformance>>) =>
  lines.flatMap(({ file, check, target, verdict }) => (verdict.kind === 'fail' ? [`${file} ${check} ${target}: ${verdict.reason}`] : []));

describe('our own fixtures', () => {
  test('all conversions pass', async () => {
    const lines = await conformance(fixtures);
    expect(failing(lines)).toEqual([]);
    for (const { from, to } of CONVERTERS) {
      const of = (arrow: string) => lines.filter(({ target, verdict }) => target.startsWith(arrow) && verdict.kind === 'pass').length;
      expect(of(`${from} ← ${to}`), `answers ${from} ← ${to}`).toBeGreaterThan(2);
      expect(of(`${from} → ${to}`), `requests ${from} → ${to}`).toBeGreaterThan(2);
    }
    expect(reportLines(reportOf(lines), false).at(-1)).toMatch(/^\d+ passed, \d+ failed$/);
  }, LONG_MS);

  test('converters that are broken are noticed, each of them', async () => {
    const trials = await mutate(fixtures);
    expect(trials.length).toBeGreaterThanOrEqual(12);
    expect(trials.filter(({ red }) => red === undefined).map(({ mutant }) => mutant)).toEqual([]);
  }, LONG_MS);

  test('a wire that nobody knows fails', async () => {
    const [one] = fixtures;
    if (one === undefined) throw new Error('there are no fixtures');
    const lines = await conformance([{ ...one, wire: 'telepathy' }]);
    expect(failing(lines)).toEqual([expect.stringContaining('nobody knows the wire telepathy')]);
  });
});

test.each(CANNOT.map((row) => ({ ...row, name: `${row.target}: ${row.feature}` })))('there is evidence that it cannot be said, $name', ({ target, evidence }) => {
  expect(requestJudges[target](evidence)).not.toEqual([]);
});

describe.skipIf(exchanges.length === 0)(`recordings${reason ? ` (${reason})` : ''}`, () => {
  const run = conformance(exchanges);

  test('all conversions pass', async () => {
    expect(failing(await run)).toEqual([]);
  }, LONG_MS);

  // About other recordings it has nothing to say. `--update` writes it anew.
  test.skipIf(!page.includes(fingerprintOf(exchanges)))('docs/providers.md says what was seen', async () => {
    await expect(providersPage(exchanges, await run)).toMatchFileSnapshot(PAGE);
  }, LONG_MS);

  test('what a client of any format says of a recorded conversation is that conversation', () => {
    for (const exchange of exchanges) {
      const told = classOf(exchange);
      if (told.kind !== 'completion' || told.family === 'ollama' || !told.request || told.answer === 'error') continue;
      const facts = readers[told.family].request(exchange.request.bodyText ?? '').filter(({ kind }) => kind !== 'foreign');
      for (const endpoint of ['chat', 'messages', 'responses'] as const) {
        const said = readers[endpoint].request(say[endpoint](facts, 'm'));
        // Responses has no flag for a result that is an error.
        const meant = endpoint === 'responses' ? facts.map((fact) => (fact.kind === 'result' ? { ...fact, error: false } : fact)) : facts;
        expect(contentDifferences({ format: told.family, facts: meant }, { format: endpoint, facts: said }), `${exchange.id} said in ${endpoint}`).toEqual([]);
      }
    }
  });

  test('recorded tool loops are found', () => {
    expect(turnsOfLoops(exchanges).length).toBeGreaterThan(20);
  });
});
