/** `npm test [-- vitest's own arguments]`: everything, against real stores. The last line is the count. */
import { onStopSignals } from './stop-signals.ts';
import { runVitest } from './vitest/run-vitest.ts';
import { reasonLines, tallyLine } from './vitest/tally.ts';
import { HANDED_ON, openTestStores } from './vitest/test-stores.ts';

const say = (line: string) => void process.stdout.write(`${line}\n`);
const { stop } = onStopSignals(process.env);
const args = process.argv.slice(2);

say('opening the stores');
const stores = await openTestStores(process.env, say);
try {
  const { redisUrl, databaseUrl, questdbUrl, missing } = stores;
  for (const reason of missing) say(`not to be had: ${reason}`);
  // Without these two no integration test can run; the others still can.
  const whole = redisUrl !== null && databaseUrl !== null;
  const env = { ...process.env, [HANDED_ON]: JSON.stringify({ redisUrl, databaseUrl, questdbUrl, missing }) };
  const tally = await runVitest(whole ? args : ['--project', 'unit', '--project', 'conformance', ...args], env, stop);
  for (const line of reasonLines(tally)) say(line);
  if (!whole) say('the integration tests were skipped: see above what cannot be had');
  const strict = process.env['CI'] === 'true' && missing.length > 0;
  if (strict) say('under CI=true, what cannot be had is a failure');
  const total = strict ? { ...tally, failed: tally.failed + missing.length } : tally;
  process.exitCode = total.failed > 0 || stop.aborted ? 1 : 0;
  await stores.stop();
  say(tallyLine(total));
} finally {
  await stores.stop();
}
