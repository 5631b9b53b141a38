/** `npm run sim`: the scheduler on a virtual clock, held against a provider that counts for itself. */
import { answer } from './command.ts';

const say = (line: string): void => void process.stderr.write(`sim: ${line}\n`);

const { stdout, stderr, exitCode } = await answer(process.argv.slice(2), say);
process.stdout.write(stdout);
process.stderr.write(stderr);
process.exitCode = exitCode;
