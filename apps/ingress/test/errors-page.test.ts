/** docs/errors.md tells of every code, with the status and type of the table. */
import { readFile } from 'node:fs/promises';
import { ERRORS } from '@sluice/domain';
import { expect, test } from 'vitest';

test('every error of the table is documented as it is', async () => {
  const page = await readFile(new URL('../../../docs/errors.md', import.meta.url), 'utf8');
  for (const [code, { status, type }] of Object.entries(ERRORS)) {
    if (code === 'provider_refused') continue; // told as provider_error
    expect(page).toContain(`| \`${code}\` | ${status} | \`${type}\` |`);
  }
});
