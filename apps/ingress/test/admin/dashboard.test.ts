/** The dashboard in a real browser, on a running system with work in it. */
import { findChromium, waitFor } from '@sluice/testkit';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { plainConfiguration, startSystem, type System } from '../system.ts';
import { ADMIN, makeFirstOperator, makeOperator, signIn, type Session } from './operators.ts';

const found = findChromium(process.env, (line) => void process.stderr.write(`dashboard: ${line}\n`));
const reason = 'missing' in found ? found.missing : '';
if (reason !== '' && process.env['CI'] === 'true') throw new Error(reason);

const LIMIT = 5;
const CALLS = 30;
const configuration = plainConfiguration.replace('requests: 10000, per: 60s', `requests: ${LIMIT}, per: 60s`);

describe.skipIf(reason !== '')(`the dashboard${reason === '' ? '' : ` (skipped: ${reason})`}`, () => {
  let system: System;
  let admin: Session;
  let browser: Browser;
  let context: BrowserContext;
  let page: Page;
  let calls: Promise<Response>[] = [];
  let answered = 0;
  const complaints: string[] = [];

  beforeAll(async () => {
    system = await startSystem({ configuration });
    await makeFirstOperator(system);
    admin = await signIn(system.url);
    browser = await chromium.launch({ executablePath: 'path' in found ? found.path : '', args: ['--no-sandbox'] });
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    await admin?.request('POST', '/jobs/cancel', { all: true });
    await Promise.allSettled(calls);
    await system?.stop();
  });
  beforeEach(async () => {
    await context?.close();
    context = await browser.newContext();
    context.setDefaultTimeout(15_000);
    page = await context.newPage();
    page.on('console', (message) => { if (message.type() === 'error') complaints.push(message.text()); });
    page.on('pageerror', (error) => complaints.push(error.message));
    page.on('request', (request) => { if (!request.url().startsWith(system.url) && !request.url().startsWith('data:')) complaints.push(request.url()); });
  });

  const enter = async (who: { readonly name: string; readonly password: string } = ADMIN, at = '/dashboard'): Promise<void> => {
    await page.goto(system.url + at);
    await page.getByLabel('Name').fill(who.name);
    await page.getByLabel('Password').fill(who.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('button', { name: 'Sign out' }).waitFor();
  };
  const queue = () => page.getByRole('region', { name: 'main' });

  test('lets in whoever signs in, tells the others why not, and forgets them when they leave', async () => {
    await page.goto(`${system.url}/dashboard`);
    await page.getByLabel('Name').fill('ada');
    await page.getByLabel('Password').fill('wrong');
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByRole('alert').filter({ hasText: 'the name or the password is wrong' }).waitFor();
    await page.getByLabel('Password').fill(ADMIN.password);
    await page.keyboard.press('Enter');
    await page.getByRole('heading', { name: 'Queues' }).waitFor();
    expect(await page.evaluate('document.cookie')).toBe('');
    expect((await context.cookies()).map(({ name, httpOnly, sameSite }) => [name, httpOnly, sameSite])).toEqual([['sluice_session', true, 'Strict']]);
    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    complaints.length = 0; // the browser itself tells of each 401
  });

  test('shows a burst live, with the reason why it waits; pause, resume and cancel do what they say', async () => {
    await enter();
    complaints.length = 0;
    await page.getByRole('status').filter({ hasText: /^live$/ }).waitFor();
    calls = Array.from({ length: CALLS }, () => system.chat({ model: 'fast', messages: [{ role: 'user', content: 'hello' }] }));
    await queue().getByRole('row', { name: /normal test \d+ .*limit/ }).waitFor();
    await queue().getByRole('button', { name: 'Pause' }).click();
    await queue().getByRole('cell', { name: 'The connection is paused.' }).waitFor();
    await queue().getByText(/paused$/).waitFor();
    // Nothing moves now.
    const waiting = Number(/(\d+) waiting/.exec((await queue().textContent()) ?? '')?.[1]);
    expect(waiting).toBeGreaterThanOrEqual(CALLS - LIMIT);
    await queue().getByRole('button', { name: 'Cancel…' }).click();
    const dialog = page.getByRole('dialog', { name: `Cancel ${waiting} waiting jobs?` });
    await dialog.getByText('Of key test, priority normal, on main.').waitFor();
    await page.keyboard.press('Escape');
    await dialog.waitFor({ state: 'detached' });
    expect((await admin.request('GET', '/jobs?state=queued')).body.data).toHaveLength(waiting);
    await queue().getByRole('button', { name: 'Cancel…' }).click();
    await dialog.getByRole('button', { name: `Cancel ${waiting} jobs` }).click();
    await queue().getByText(/^0 waiting/).waitFor();
    await queue().getByRole('button', { name: 'Resume' }).click();
    await queue().getByText(/enabled$/).waitFor();
    const statuses = (await Promise.all(calls)).map(({ status }) => status);
    answered = statuses.filter((status) => status === 200).length;
    expect([answered, statuses.filter((status) => status === 499).length]).toEqual([CALLS - waiting, waiting]);
    expect(complaints).toEqual([]);
  }, 90_000);

  test('shows connections with the use of their limits, and jobs at addresses that can be shared', async () => {
    await enter();
    complaints.length = 0;
    await page.getByRole('navigation').getByRole('link', { name: 'Connections' }).click();
    await page.getByRole('row', { name: /requests per 1\.0 min/ }).waitFor();
    await page.getByRole('navigation').getByRole('link', { name: 'Jobs' }).click();
    await page.getByLabel('State').selectOption('completed');
    await page.getByRole('button', { name: 'Find' }).click();
    await waitFor(async () => (await page.getByRole('row').count()) === answered + 1, { withinMs: 20_000, what: 'the completed calls' });
    expect(page.url()).toContain('/dashboard/jobs?state=completed');
    const again = await context.newPage();
    await again.goto(page.url());
    await again.getByRole('row').nth(answered).waitFor();
    await again.getByRole('row').nth(1).getByRole('link').click();
    await again.getByRole('cell', { name: 'completed' }).waitFor();
    expect(again.url()).toMatch(/\/dashboard\/jobs\/job_\w{26}$/);
    await again.goBack();
    await again.getByRole('row').nth(answered).waitFor();
    expect(complaints).toEqual([]);
  }, 60_000);

  test('offers a viewer nothing that is not theirs, and fits a phone, light and dark', async () => {
    await makeOperator(system.url, admin, { role: 'viewer', environment: 'default' });
    await enter({ name: 'viewer-default', password: 'another long password' });
    await queue().getByText(/enabled$/).waitFor();
    expect(await page.getByRole('button', { name: /Pause|Drain|Cancel/ }).count()).toBe(0);
    await page.setViewportSize({ width: 390, height: 844 });
    for (const path of ['', '/connections', '/jobs']) {
      await page.goto(`${system.url}/dashboard${path}`);
      await page.getByRole('heading', { level: 1 }).waitFor();
      expect(await page.evaluate('document.documentElement.scrollWidth'), path).toBeLessThanOrEqual(390);
    }
    const ground = async (colorScheme: 'light' | 'dark'): Promise<unknown> => {
      await page.emulateMedia({ colorScheme });
      return page.evaluate('getComputedStyle(document.documentElement).backgroundColor');
    };
    expect(await ground('light')).not.toBe(await ground('dark'));
  }, 60_000);

  test('is one page whatever the address, of files that may be kept, and lets in no other script', async () => {
    const response = await fetch(`${system.url}/dashboard/jobs/any`);
    expect([response.status, response.headers.get('cache-control')]).toEqual([200, 'no-cache']);
    expect(response.headers.get('content-security-policy')).toMatch(/default-src 'none'; script-src 'self'; style-src 'self'/);
    const script = /src="(\/dashboard\/assets\/[^"]+)"/.exec(await response.text())?.[1] ?? '';
    expect((await fetch(system.url + script)).headers.get('cache-control')).toContain('immutable');
    expect((await fetch(`${system.url}/dashboard/assets/none.js`)).status).toBe(404);
  });
});
