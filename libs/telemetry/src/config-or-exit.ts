/** What a process does with settings that are wrong: one line each, and the exit code that says so. */
import { ConfigError } from '@sluice/domain';

/** `EX_CONFIG` of sysexits: what is wrong is what it was given. */
const EXIT_CONFIG = 78;

export function configOrExit<Config>(read: () => Config): Config {
  try {
    return read();
  } catch (error) {
    const problems = error instanceof ConfigError ? error.problems : [error instanceof Error ? error.message : String(error)];
    for (const problem of problems) process.stderr.write(`${problem}\n`);
    process.exit(EXIT_CONFIG);
  }
}
