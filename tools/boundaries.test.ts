/** Holds the tree against the arrow of the architecture, and the rule against breaches planted in memory. */
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import { type Project, type Workspace, breachesOf } from './src/boundaries.ts';
import { readWorkspace } from './src/read-workspace.ts';

/** Every source file is parsed. */
const READS_ALL_MS = 60_000;
const root = dirname(dirname(fileURLToPath(import.meta.url)));

test('every import of the tree follows the arrow', () => {
  const workspace = readWorkspace(root);
  expect(workspace.projects.map(({ folder }) => folder)).toEqual(expect.arrayContaining(['libs/domain', 'apps/worker', 'tools']));
  expect(workspace.files.length).toBeGreaterThan(100);
  expect(breachesOf(workspace)).toEqual([]);
}, READS_ALL_MS);

describe('a planted breach is found:', () => {
  const project = (folder: string, layer: string, dependencies: readonly string[] = []): Project => ({
    name: `@sluice/${folder.split('/')[1]}`,
    folder,
    layer,
    dependencies,
    devDependencies: [],
  });
  const projects = [
    project('libs/domain', 'domain', ['zod']),
    project('libs/wire', 'pure', ['@sluice/domain']),
    project('libs/queue', 'adapter', ['@sluice/domain', '@sluice/store', 'bullmq']),
    project('libs/store', 'adapter', ['@sluice/domain', 'pg', 'bullmq']),
    project('libs/testkit', 'test', ['@sluice/domain']),
    project('apps/ingress', 'app', ['@sluice/queue', '@sluice/worker', '@questdb/nodejs-client']),
    project('apps/worker', 'app', ['@sluice/queue']),
  ];
  const breaches = (path: string, text: string, more: Partial<Workspace> = {}) =>
    breachesOf({ projects, files: [{ path, text }], rootDevDependencies: ['vitest'], ...more });

  test.each([
    [
      'a lower layer uses a higher one',
      'libs/domain/src/a.ts',
      `import { x } from '@sluice/wire';`,
      'domain may not use @sluice/wire',
    ],
    ['an adapter uses another', 'libs/queue/src/a.ts', `import { x } from '@sluice/store';`, 'adapter may not use @sluice/store'],
    [
      'an app uses another',
      'apps/ingress/src/a.ts',
      `import type { x } from '@sluice/worker';`,
      'app may not use @sluice/worker',
    ],
    ['a subpath', 'libs/queue/src/a.ts', `import { x } from '@sluice/store/rows';`, 'adapter may not use @sluice/store/rows'],
    [
      'a source file uses the testkit',
      'apps/worker/src/a.ts',
      `import { x } from '@sluice/testkit';`,
      'app may not use @sluice/testkit',
    ],
    ['an import for its effect', 'libs/wire/src/a.ts', `import '@sluice/queue';`, 'pure may not use @sluice/queue'],
    ['a re-export', 'libs/wire/src/a.ts', `export * from '@sluice/queue';`, 'pure may not use @sluice/queue'],
    ['a dynamic import', 'libs/wire/src/a.ts', `const x = await import('@sluice/queue');`, 'pure may not use @sluice/queue'],
    ['a computed import', 'libs/wire/src/a.ts', 'const x = await import(name);', 'cannot be followed'],
    ['a type query', 'libs/wire/src/a.ts', `type X = import('@sluice/queue').X;`, 'pure may not use @sluice/queue'],
    ['a require', 'libs/wire/src/a.ts', `const x = createRequire(import.meta.url)('pino');`, 'pino belongs to libs/telemetry'],
    ['a driver outside its owner', 'libs/store/src/a.ts', `import { Queue } from 'bullmq';`, 'bullmq belongs to libs/queue'],
    [
      'a driver of a scope',
      'apps/ingress/src/a.ts',
      `import { Sender } from '@questdb/nodejs-client';`,
      'belongs to libs/telemetry',
    ],
    ['an undeclared package', 'libs/wire/src/a.ts', `import { z } from 'zod';`, 'zod is not declared in libs/wire/package.json'],
    ['an undeclared project', 'apps/worker/src/a.ts', `import { x } from '@sluice/domain';`, '@sluice/domain is not declared'],
    [
      'a development dependency in a source file',
      'libs/wire/src/a.ts',
      `import { test } from 'vitest';`,
      'vitest is not declared',
    ],
    ['an unknown project', 'libs/wire/src/a.ts', `import { x } from '@sluice/nowhere';`, '@sluice/nowhere is no project'],
    ['a path into another project', 'libs/wire/src/a.ts', `import { x } from '../../domain/src/ids.ts';`, 'leaves the project'],
    ['a project by its own name', 'libs/wire/src/a.ts', `import { x } from '@sluice/wire';`, 'is the project itself'],
    ['a judge that knows what it judges', 'libs/testkit/src/judges/a.ts', `import { x } from '@sluice/wire';`, 'not independent'],
    ['a reader of facts that asks the runner', 'libs/testkit/src/facts/a.ts', `import { x } from '../conformance/a.ts';`, 'not independent'],
    ['a format that knows another', 'libs/wire/src/formats/chat/a.ts', `import { x } from '../gemini/a.ts';`, 'kept apart'],
    ['a format that knows a pair', 'libs/wire/src/formats/chat/a.ts', `import type { x } from '../../pairs/pair.ts';`, 'kept apart'],
    ['a pair that knows a third format', 'libs/wire/src/pairs/chat-gemini/a.ts', `import type { x } from '../../formats/messages/a.ts';`, 'kept apart'],
    ['a pair that knows another', 'libs/wire/src/pairs/chat-gemini/a.ts', `import { x } from '../chat-messages/a.ts';`, 'kept apart'],
    ['grammar that knows a format', 'libs/wire/src/leaf/a.ts', `import { x } from '../formats/chat/a.ts';`, 'kept apart'],
    ['a folder without an idea', 'libs/wire/src/utils/a.ts', '', 'no folder may be named "utils"'],
    ['a file of no project', 'libs/stray/src/a.ts', '', 'belongs to no project'],
  ])('%s', (_, path, text, breach) => {
    expect(breaches(path, text)).toEqual([expect.stringContaining(breach)]);
  });

  test('a project of a layer that nobody knows', () => {
    expect(breaches('libs/domain/src/a.ts', '', { projects: [...projects, project('libs/new', 'glue')] })).toEqual([
      'libs/new: unknown layer "glue"',
    ]);
  });
});

test('what follows the arrow is let pass, tests with their tools included', () => {
  const projects: readonly Project[] = [
    { name: '@sluice/domain', folder: 'libs/domain', layer: 'domain', dependencies: [], devDependencies: [] },
    { name: '@sluice/testkit', folder: 'libs/testkit', layer: 'test', dependencies: [], devDependencies: [] },
    {
      name: '@sluice/queue',
      folder: 'libs/queue',
      layer: 'adapter',
      dependencies: ['@sluice/domain', 'bullmq'],
      devDependencies: ['pg'],
    },
  ];
  const source = `import { readFileSync } from 'node:fs'; import { a } from '@sluice/domain'; import { Queue } from 'bullmq';
    export * from './b.ts';`;
  const inTest = `${source} import { test } from 'vitest'; import { b } from '@sluice/testkit'; import pg from 'pg';`;
  const files = [
    { path: 'libs/queue/src/a.ts', text: source },
    { path: 'libs/queue/test/a.test.ts', text: inTest },
  ];
  expect(breachesOf({ projects, files, rootDevDependencies: ['vitest'] })).toEqual([]);
});
