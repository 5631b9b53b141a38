/** The committed schemas are those of the SDKs that are installed. */
import { readFileSync } from 'node:fs';
import { schemaFile } from '@sluice/testkit/judges';
import { expect, test } from 'vitest';
import { judgeSchemas } from '../src/judge-schemas.ts';

test('the schemas by which conversions are judged are current', () => {
  for (const [name, text] of judgeSchemas()) expect(readFileSync(schemaFile(name), 'utf8') === text, `${name}: run npm run judge-schemas`).toBe(true);
}, 120_000);
