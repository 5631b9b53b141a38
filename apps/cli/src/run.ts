/** From words to an exit code. */
import { openApi } from './api.ts';
import { EXIT, helpOf, readArguments, Stop, type Surroundings } from './command.ts';
import { COMMANDS, commandOf } from './commands.ts';
import { simulate } from './commands/installation.ts';
import { keptToken } from './commands/login.ts';
import { completionFor } from './completion.ts';

const DEFAULT_URL = 'http://127.0.0.1:3000';

/** Never rejects but for a bug of ours. */
export async function run(words: readonly string[], surroundings: Surroundings): Promise<number> {
  try {
    return await begin(words, surroundings);
  } catch (error) {
    if (!(error instanceof Stop)) throw error;
    for (const line of error.message.split('\n')) surroundings.say(`sluice: ${line}`);
    return error.exitCode;
  }
}

async function begin(words: readonly string[], surroundings: Surroundings): Promise<number> {
  const [first, ...rest] = words;
  if (first === undefined || first === 'help' || first === '--help') {
    surroundings.print(overview());
    return first === undefined ? EXIT.usage : EXIT.done;
  }
  if (first === 'simulate') return simulate(rest);
  if (first === 'completion') {
    surroundings.print(completionFor(rest[0], COMMANDS));
    return EXIT.done;
  }
  const command = commandOf(words);
  if (!command) throw new Stop(`there is no command "${words.slice(0, 2).join(' ')}"; \`sluice help\` lists them`, EXIT.usage);
  const given = readArguments(command, words.slice(command.words.length));
  if (given.switches.has('help')) {
    surroundings.print(helpOf(command));
    return EXIT.done;
  }
  const { env, stop } = surroundings;
  const url = (given.options['url'] ?? (env['SLUICE_URL'] || DEFAULT_URL)).replace(/\/+$/, '');
  if (!URL.canParse(url)) throw new Stop(`SLUICE_URL is no address: ${url}`, EXIT.usage);
  const token = env['SLUICE_TOKEN'] || await keptToken(env, url);
  const api = openApi({ url, token, key: env['SLUICE_KEY'] || undefined, environment: given.options['environment'] ?? (env['SLUICE_ENVIRONMENT'] || undefined), stop });
  return command.run({ ...surroundings, ...given, json: given.switches.has('json'), api });
}

function overview(): string {
  const rows = [
    ...COMMANDS.map(({ words, args, summary }) => [[...words, ...args].join(' '), summary] as const),
    ['simulate …', 'The scheduler on a virtual clock over a trace: as `npm run sim`.'] as const, ['completion bash|zsh', 'A script that completes commands and options.'] as const,
  ];
  const width = Math.max(...rows.map(([name]) => name.length)) + 2;
  return ['usage: sluice COMMAND … [--json] [--environment NAME] [--url URL]', '', ...rows.map(([name, summary]) => `  ${name.padEnd(width)}${summary}`), '',
    'SLUICE_URL, SLUICE_TOKEN (a personal token, else that of `login`), SLUICE_KEY (an API key, for chat and batch), SLUICE_ENVIRONMENT.',
    'Exit codes: 0 done, 1 failed, 2 found something (diff, doctor), 64 wrong usage, 69 no answer, 77 not allowed, 78 wrong configuration.'].join('\n');
}
