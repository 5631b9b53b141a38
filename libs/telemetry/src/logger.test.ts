import { expect, test } from 'vitest';
import { createLogger } from './logger.ts';

function capture() {
  const lines: string[] = [];
  return { lines, destination: { write: (line: string) => void lines.push(line) } };
}

test('a line is one JSON object with level, time, process and message', () => {
  const { lines, destination } = capture();
  createLogger({ level: 'info', name: 'worker', pretty: false, destination }).info({ job: 'job_1' }, 'attempt ended');
  const line: unknown = JSON.parse(lines[0] ?? '');
  expect(line).toMatchObject({ level: 'info', app: 'worker', job: 'job_1', message: 'attempt ended', time: expect.stringMatching(/^\d{4}-.*Z$/) });
});

test('lines below the level are not written', () => {
  const { lines, destination } = capture();
  const log = createLogger({ level: 'warn', name: 'worker', pretty: false, destination });
  log.info({}, 'unseen');
  log.error({}, 'seen');
  expect(lines).toHaveLength(1);
});

test('secrets are hidden, also in the pretty form', () => {
  for (const pretty of [false, true]) {
    const { lines, destination } = capture();
    createLogger({ level: 'info', name: 'worker', pretty, destination }).warn({ headers: { authorization: 'Bearer planted' } }, 'refused');
    expect(lines.join('')).toContain('refused');
    expect(lines.join('')).not.toContain('planted');
  }
});

test('an error handed over alone keeps its message and cause', () => {
  const { lines, destination } = capture();
  const log = createLogger({ level: 'info', name: 'worker', pretty: false, destination });
  log.error(new Error('outer', { cause: new Error('inner') }), 'failed');
  expect(lines[0]).toContain('"message":"outer"');
  expect(lines[0]).toContain('"message":"inner"');
});
