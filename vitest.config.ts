import { availableParallelism } from 'node:os';
import { defaultServerConditions } from 'vite';
import { defineConfig } from 'vitest/config';

// Packages of the workspace are read as their sources: no build stands between an edit and its test.
const conditions = ['@sluice/source', ...defaultServerConditions];
const notTests = ['**/node_modules/**', '**/dist/**'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: ['@sluice/source'] } },
  test: {
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['{apps,libs}/*/src/**/*.test.ts', '{tools,bench}/src/**/*.test.ts', 'tools/boundaries.test.ts'],
          exclude: notTests,
        },
      },
      {
        extends: true,
        test: {
          name: 'integration',
          sequence: { groupOrder: 1 },
          include: ['{apps,libs}/*/test/**/*.test.ts', '{tools,bench}/test/**/*.test.ts'],
          exclude: notTests,
          globalSetup: ['tools/src/vitest/global-setup.ts'],
          testTimeout: 30_000,
          hookTimeout: 60_000,
          // Services and the processes under test need the cores as well.
          maxWorkers: Math.max(1, Math.min(4, Math.floor(availableParallelism() / 2) + 1)),
        },
      },
    ],
  },
});
