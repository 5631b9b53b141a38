/** `npm run conformance -- DIR [--mutate] [--all] [--json]`: every conversion held against the recordings in any folder of their format. */
import { fixturesFolder, loadExchanges } from '../recordings/load.ts';
import { mutate, trialLines } from './mutate.ts';
import { reportLines, reportOf } from './report.ts';
import { conformance } from './run.ts';

const USAGE = 'usage: npm run conformance -- DIR [--mutate] [--all] [--json]';
const USAGE_ERROR = 64;

const args = process.argv.slice(2);
const flags = args.filter((word) => word.startsWith('--'));
const [folder, ...more] = args.filter((word) => !word.startsWith('--'));
const say = (line: string) => void process.stdout.write(`${line}\n`);

async function run(from: string): Promise<void> {
  const { exchanges, reason } = await loadExchanges({ folder: from });
  if (exchanges === undefined) return stop(reason);
  if (exchanges.length === 0) return stop(`there are no recordings at ${from}`);
  const report = reportOf(await conformance(exchanges));
  // Our own fixtures have every feature that a mutant breaks; a folder need not.
  const fixtures = flags.includes('--mutate') ? (await loadExchanges({ folder: fixturesFolder() })).exchanges ?? [] : [];
  const trials = flags.includes('--mutate') ? await mutate([...fixtures, ...exchanges]) : [];
  if (flags.includes('--json')) say(JSON.stringify({ trials: trials.map(({ mutant, red }) => ({ mutant, noticed: red !== undefined })), files: report.files, counts: report.counts, table: Object.fromEntries(report.table), lines: report.lines }));
  else for (const line of [...(trials.length > 0 ? trialLines(trials) : []), ...reportLines(report, flags.includes('--all'))]) say(line);
  process.exitCode = report.files.failed > 0 || trials.some(({ red }) => red === undefined) ? 1 : 0;
}

function stop(reason: string): void {
  process.stderr.write(`${reason}\n`);
  process.exitCode = 1;
}

const unknown = flags.find((flag) => !['--all', '--json', '--mutate'].includes(flag));
if (folder === undefined || more.length > 0 || unknown !== undefined) {
  process.stderr.write(`${unknown === undefined ? '' : `unknown option ${unknown}\n`}${USAGE}\n`);
  process.exitCode = USAGE_ERROR;
} else {
  await run(folder);
}
