/** `sluice`: the process around the commands. */
import { createInterface } from 'node:readline';
import { text } from 'node:stream/consumers';
import { EXIT, Stop } from './command.ts';
import { run } from './run.ts';

const stop = new AbortController();
process.once('SIGINT', () => stop.abort());
process.once('SIGTERM', () => stop.abort());
// Whoever read our output may be gone before us, as with `| head`.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => process.exit());

function askSecret(question: string): Promise<string> {
  if (!process.stdin.isTTY) return text(process.stdin).then((typed) => typed.replace(/\r?\n$/, ''));
  return new Promise((resolve, reject) => {
    process.stderr.write(question);
    // Nothing that is typed is shown.
    const lines = createInterface({ input: process.stdin, terminal: true, output: undefined });
    lines.once('line', (line) => { process.stderr.write('\n'); lines.close(); resolve(line); });
    lines.once('SIGINT', () => { lines.close(); reject(new Stop('stopped', EXIT.failed)); });
  });
}

process.exitCode = await run(process.argv.slice(2), {
  env: process.env, isTerminal: process.stderr.isTTY, stop: stop.signal, askSecret,
  print: (line) => void process.stdout.write(`${line}\n`), write: (bytes) => void process.stdout.write(bytes),
  say: (line) => void process.stderr.write(`${line}\n`), redraw: (line) => void process.stderr.write(`\r\u001B[2K${line}`),
  readInput: () => text(process.stdin),
});
