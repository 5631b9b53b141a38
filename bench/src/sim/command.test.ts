import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { answer as answerAloud } from './command.ts';

const TRACE = fileURLToPath(new URL('../../fixtures/six-minutes.csv', import.meta.url));
const answer = (args: readonly string[]) => answerAloud(args, () => {});
/** Ten runs; a loaded machine takes its time. */
const SLOW_MS = 30_000;
let folder = '';
beforeAll(() => { folder = mkdtempSync(join(tmpdir(), 'sluice-sim-')); });
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const fileOf = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};

describe('what is asked wrongly is one line that names it, and exit code 2:', () => {
  test.each([
    [[], '--trace'],
    [['--trace', TRACE, '--fast'], '--fast'],
    [['--trace', TRACE, 'more'], 'more'],
    [['--trace', 'nowhere.csv'], 'nowhere.csv'],
    [['--trace', TRACE, '--limit', 'tokens=2x/60s'], 'tokens'],
    [['--trace', TRACE, '--limit', 'total_tokens=2x/soon'], 'soon'],
    [['--trace', TRACE, '--window', 'leaky'], '--window'],
    [['--trace', TRACE, '--pace', 'slow'], '--pace'],
    [['--trace', TRACE, '--priority', 'vip'], 'vip'],
    [['--trace', TRACE, '--fill', 'vip'], 'vip'],
    [['--trace', TRACE, '--policy', 'best'], '--policy best'],
    [['--trace', TRACE, '--policy', 'no-such.json'], '--policy no-such.json'],
    [['--trace', TRACE, '--counting', 'twice'], '--counting'],
    [['--trace', TRACE, '--estimates', 'none'], '--estimates'],
    [['--trace', TRACE, '--tenants', '0'], '--tenants'],
    [['--trace', TRACE, '--seed', 'x'], '--seed'],
    [['--trace', TRACE, '--deadline', 'soon'], '--deadline'],
  ] as const)('%j', async (args, named) => {
    const { stdout, stderr, exitCode } = await answer(args);
    expect({ stdout, exitCode }).toEqual({ stdout: '', exitCode: 2 });
    expect(stderr.split('\n')[0]).toContain(named);
    if (args.length > 0) expect(stderr.trimEnd()).not.toContain('\n');
  });
});

test('figures as JSON have their fixed shape', async () => {
  const { stdout, exitCode } = await answer(['--trace', TRACE, '--json']);
  expect(exitCode).toBe(0);
  const priority = { served: expect.any(Number), p50Ms: expect.any(Number), p95Ms: expect.any(Number), p99Ms: expect.any(Number), maxMs: expect.any(Number) };
  expect(JSON.parse(stdout)).toEqual({
    refusals: 0, limits: [{ dimension: 'total_tokens', utilisation: expect.any(Number) }],
    priorities: [{ name: 'urgent', ...priority }, { name: 'batch', ...priority }], serviceGap: 0, deadlineMisses: 0,
  });
});

test('the same question has the same answer', async () => {
  const args = ['--trace', TRACE, '--seed', '3', '--json'];
  expect(await answer(args)).toEqual(await answer(args));
});

test('the table names every policy', async () => {
  const { stdout } = await answer(['--trace', TRACE]);
  for (const name of ['weighted', 'strict', 'fifo', 'adaptive token scaling', 'token-bucket queue', 'retrying clients', 'alone']) expect(stdout).toContain(`\n${name} `);
}, SLOW_MS);

test('a picture of the run is drawn', async () => {
  const file = fileOf('run.svg', '');
  expect(await answer(['--trace', TRACE, '--json', '--svg', file])).toMatchObject({ exitCode: 0 });
  expect(readFileSync(file, 'utf8')).toMatch(/^<svg [^]*weighted: longest wait[^]*<\/svg>\n$/);
});

test('a policy of one’s own is a module or a few numbers', async () => {
  const greedy = fileOf('greedy.mjs', `export default { name: 'nobody goes', start: () => ({ choose: () => ({ granted: [], expired: [], wakeAt: Infinity }) }) };`);
  const stuck = await answer(['--trace', TRACE, '--policy', greedy, '--json']);
  expect(stuck).toMatchObject({ exitCode: 1, stderr: expect.stringContaining('jobs waiting') });
  const held = await answer(['--trace', TRACE, '--policy', fileOf('held.json', '{ "hold": 0.1, "pace": 0.8 }'), '--json']);
  expect(held.exitCode).toBe(0);
  const wrong = await answer(['--trace', TRACE, '--policy', fileOf('wrong.json', '{ "holds": 0.1 }')]);
  expect(wrong).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('not holds') });
  const empty = await answer(['--trace', TRACE, '--policy', fileOf('empty.mjs', 'export const x = 1;')]);
  expect(empty).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('default export') });
});
