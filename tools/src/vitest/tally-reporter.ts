/** Counts a run of vitest, with the reasons why tests were skipped, into a file for `npm test`. */
import { writeFileSync } from 'node:fs';
import type { Reporter, TestModule } from 'vitest/node';
import { noTally } from './tally.ts';

/** Where to write: given by `npm test`. */
export const TALLY_FILE = 'SLUICE_TEST_TALLY';

export default class TallyReporter implements Reporter {
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly unknown[]): void {
    const tally = { ...noTally(), failed: unhandled.length };
    for (const module of modules) {
      // A file that could not be loaded, or whose hooks failed outside of any test.
      tally.failed += module.errors().length;
      for (const suite of module.children.allSuites()) tally.failed += suite.errors().length;
      for (const test of module.children.allTests()) {
        const result = test.result();
        if (result.state === 'passed') tally.passed += 1;
        else if (result.state === 'failed') tally.failed += 1;
        else {
          tally.skipped += 1;
          const reason = (result.state === 'skipped' ? result.note : undefined) ?? 'no reason given';
          (tally.reasons[reason] ??= []).push(`${module.relativeModuleId}: ${test.fullName}`);
        }
      }
    }
    const file = process.env[TALLY_FILE];
    if (file) writeFileSync(file, JSON.stringify(tally));
  }
}
