/** Every command but `simulate`, whose arguments are those of the simulation, and `completion`, which is made from these. */
import type { Command } from './command.ts';
import { batchCommands } from './commands/batch.ts';
import { chat } from './commands/chat.ts';
import { apply, diff } from './commands/configuration.ts';
import { doctor } from './commands/doctor.ts';
import { migrate } from './commands/installation.ts';
import { jobCommands } from './commands/jobs.ts';
import { keyCommands } from './commands/keys.ts';
import { login, logout } from './commands/login.ts';
import { connectionVerbs, queues } from './commands/queues.ts';

export const COMMANDS: readonly Command[] = [
  login, logout, doctor, queues, ...connectionVerbs, ...jobCommands, ...keyCommands, apply, diff, chat, ...batchCommands, migrate,
];

/** The one whose words come first, the longest of several. */
export const commandOf = (words: readonly string[]): Command | undefined =>
  COMMANDS.filter((command) => command.words.every((word, index) => words[index] === word)).toSorted((a, b) => b.words.length - a.words.length)[0];
