import { expect, test } from 'vitest';
import { type Command, helpOf, readArguments, Stop } from './command.ts';
import { COMMANDS, commandOf } from './commands.ts';
import { namedIn } from './commands/configuration.ts';
import { completionFor } from './completion.ts';
import { ago, bar, duration, table } from './output.ts';

const command: Command = { words: ['do', 'it'], args: ['WHAT', '[HOW]'], summary: 'Does it.', options: { loud: { summary: 'loudly' }, times: { value: 'N', summary: 'so often' } }, run: () => Promise.resolve(0) };

test('arguments are read with their options, wherever these stand', () => {
  expect(readArguments(command, ['--times', '3', 'this', '--loud'])).toEqual({ args: ['this'], options: { times: '3' }, switches: new Set(['loud']) });
  expect(readArguments(command, ['--help']).switches.has('help')).toBe(true);
  for (const wrong of [[], ['a', 'b', 'c'], ['a', '--quiet'], ['a', '--times']]) {
    try {
      readArguments(command, wrong);
      expect.unreachable();
    } catch (error) {
      expect(error).toBeInstanceOf(Stop);
      expect(error).toMatchObject({ exitCode: 64, message: expect.stringContaining('usage: sluice do it WHAT [HOW] [--loud] [--times N]') });
    }
  }
});

test('every command is found by its words, has help, and is completed in both shells', () => {
  for (const each of COMMANDS) {
    expect(commandOf([...each.words, 'more'])).toBe(each);
    expect(helpOf(each)).toContain(each.summary);
    for (const shell of ['bash', 'zsh']) expect(completionFor(shell, COMMANDS)).toContain(`\n${each.words.join(' ')}|`);
  }
  expect(commandOf(['jobs'])).toBeUndefined();
});

test('a table stands in columns, numbers on the right', () => {
  expect(table(['NAME', 'JOBS', 'OLDEST'], [['a', '1', '-'], ['long name', '1000', '1.5 s']])).toBe(['NAME       JOBS  OLDEST', 'a             1       -', 'long name  1000   1.5 s'].join('\n'));
  expect(table(['NAME'], [])).toBe('NAME');
});

test('times are in units that people use', () => {
  expect([0, 999, 1_500, 90_000, 7_200_000, 259_200_000, null].map(duration)).toEqual(['0 ms', '999 ms', '1.5 s', '1.5 min', '2.0 h', '3.0 d', '-']);
  expect([ago(1_000, 3_500), ago(5_000, 1_000), ago(null, 0)]).toEqual(['2.5 s', '0 ms', '-']);
  expect([bar(0, 4, 4), bar(1, 4, 4), bar(9, 4, 4), bar(0, 0, 4)]).toEqual(['[----]', '[#---]', '[####]', '[----]']);
});

test('only the variables that a file names leave the machine', () => {
  expect(namedIn('a: ${ONE} ${TWO:-x} $THREE ${ONE}')).toEqual(['ONE', 'TWO']);
});
