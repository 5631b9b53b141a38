import { availableParallelism } from 'node:os';
import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// Packages of the workspace are read as their sources: no build stands between an edit and its test.
// Others are read as Node reads them: what they offer to bundlers alone need not run.
const conditions = ['@sluice/source', ...defaultServerConditions.filter((condition) => condition !== 'module')];
const notTests = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  resolve: { conditions, mainFields: [] },
  ssr: { resolve: { conditions, externalConditions: ['@sluice/source', 'node', 'module-sync'], mainFields: [] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{apps,libs}/*/src/**/*.test.ts', '{tools,bench}/src/**/*.test.ts', 'tools/boundaries.test.ts'],
          exclude: notTests,
          // A bound against a hang, not a measure: on a busy machine a property of a thousand runs takes its time.
          testTimeout: 60_000,
        },
      },
      {
        // Needs no stores, but more time than `npm run check` has.
        extends: true,
        test: { name: 'conformance', sequence: { groupOrder: 1 }, include: ['libs/testkit/test/conformance/**/*.test.ts'], exclude: notTests, testTimeout: 60_000 },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          sequence: { groupOrder: 2 },
          include: ['{apps,libs}/*/test/**/*.test.ts', '{tools,bench}/test/**/*.test.ts'],
          exclude: [...notTests, 'libs/testkit/test/conformance/**'],
          globalSetup: ['tools/src/vitest/global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // Real processes and bounds in seconds on a machine that others may load: what fails twice is broken. The report says what was tried again.
          retry: 1,
          // Services and the processes under test need the cores as well.
          maxWorkers: Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2) + 1)),
        },
      },
    ],
  },
});
