/** The console and the explorer in a real browser, on the real server, with every other host out of reach. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isDemanded } from './support/backends.js';
import { startTestServer, type TestServer } from './support/server.js';
import { story } from './support/story.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const PAGES = join(ROOT, 'dist/web');
const STEP_MS = 15_000;
const BROWSER_ARGUMENTS = [
  ...['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
  ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
];

beforeAll(async () => {
  if (builtAt() > changedAt()) return;
  const { build } = await import('vite');
  await build({ configFile: join(ROOT, 'vite.config.ts') });
}, 120_000);

it('names no other host in the built pages', () => {
  for (const page of ['console', 'explorer']) {
    const html = readFileSync(join(PAGES, page, 'index.html'), 'utf8');
    const addresses = [...html.matchAll(/(?:src|href)="([^"]*)"/g)].map(([, address]) => address);
    expect(addresses.length).toBeGreaterThan(2);
    expect(addresses.filter((address) => !address?.startsWith('/assets/'))).toEqual([]);
  }
});

const browser = findBrowser();
process.stdout.write(
  browser.path ? `engine chromium ${browser.version}\n` : `engine chromium NOT RUN: ${browser.reason}\n`,
);
if (browser.path) describe('in a browser', () => inBrowser(browser.path as string));
else if (isDemanded('chromium') || isDemanded('1')) {
  it('engine chromium is here', () => expect.fail(`chromium is demanded but NOT RUN: ${browser.reason}`));
}

function inBrowser(executablePath: string): void {
  const profile = mkdtempSync(join(tmpdir(), 'lablet-browser-'));
  let server: TestServer;
  let context: BrowserContext;
  let page: Page;
  let surprises: string[];

  beforeAll(async () => {
    context = await chromium.launchPersistentContext(profile, {
      executablePath,
      headless: true,
      args: BROWSER_ARGUMENTS,
    });
    context.setDefaultTimeout(STEP_MS);
  }, 60_000);

  beforeEach(async () => {
    server = await startTestServer();
    surprises = [];
    page = await context.newPage();
    page.on('request', (request) => {
      const { protocol, origin } = new URL(request.url());
      if (protocol.startsWith('http') && origin !== server.url) surprises.push(`asked ${origin}`);
    });
    page.on('pageerror', (error) => surprises.push(error.message));
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) surprises.push(message.text());
    });
  });

  afterEach(async () => {
    await page.close();
    await server.close();
    expect(surprises).toEqual([]);
  });

  afterAll(async () => {
    await context?.close();
    rmSync(profile, { recursive: true, force: true });
  });

  it('books a run in the console, follows it live, over a cut connection too, and ends it', async () => {
    const tell = story(await server.client('ADMIN', 'controller'));
    await tell.definition();
    const worker = await tell.runningWorker('worker-1');
    let cut: () => void = () => undefined;
    const positions: (string | null)[] = [];
    await page.routeWebSocket('**/graphql', (socket) => {
      const upstream = socket.connectToServer();
      socket.onMessage((message) => {
        const { type, payload } = JSON.parse(String(message));
        if (type === 'subscribe') positions.push(payload.variables.after);
        upstream.send(message);
      });
      cut = () => void socket.close({ code: 1012, reason: 'cut' });
    });

    await page.goto(server.url);
    await page.getByLabel('Token').fill(await server.token('ADMIN', 'olga'));
    await page.getByRole('button', { name: 'Sign in' }).click();
    await page.getByText('There is no unfinished instance.').waitFor();
    expect(await page.evaluate('document.cookie')).toBe('');

    await page.getByRole('navigation').getByText('Book a run').click();
    await page.getByLabel(worker.name).check();
    await page.getByRole('button', { name: 'Book' }).click();
    await page.locator('.heading .badge', { hasText: 'SCHEDULED' }).waitFor();
    const numbers = page.getByRole('table').locator('td code');
    expect(await numbers.allTextContents()).toEqual(
      [2000, 2001, 2002, 2003].map((number) => `worker-1.example.org:${number}`),
    );
    await page.getByLabel('Rendered lab file').getByText('pat:tcp:2003:8080').waitFor();

    const id = page.url().split('/').at(-1) as string;
    await page.getByRole('navigation').getByText('Instances').click();
    const state = (name: string) =>
      page.locator(`[data-instance="${id}"] .badge`, { hasText: name }).waitFor();
    await state('SCHEDULED');
    await tell.move(id, 'INSTANTIATING');
    await state('INSTANTIATING');

    const seen = await page.locator('[data-live-revision]').getAttribute('data-live-revision');
    cut();
    await tell.move(id, 'RUNNING', { cmlLabId: 'lab-1' });
    await state('RUNNING');
    expect(positions).toEqual([null, seen]);

    await page.locator(`[data-instance="${id}"] a`).click();
    await page.getByRole('button', { name: 'Terminate' }).click();
    await page.getByRole('dialog').getByLabel('Reason').fill('enough');
    await page.keyboard.press('Enter');
    await page.locator('.heading .badge', { hasText: 'STOPPING' }).waitFor();
    await tell.move(id, 'STOPPED');
    await page.getByText('It has ended; everything it held is released.').waitFor();
    expect(await page.locator('.history .badge').allTextContents()).toEqual([
      ...['TERMINATED', 'ARCHIVED', 'STOPPED', 'STOPPING'],
      ...['RUNNING', 'INSTANTIATING', 'SCHEDULED', 'PENDING'],
    ]);

    await page.getByRole('button', { name: 'Sign out' }).click();
    await page.getByRole('button', { name: 'Sign in' }).waitFor();
    expect(await context.cookies()).toEqual([]);
  }, 90_000);

  it('shows the page of the REST routes, and follows its links', async () => {
    await page.goto(`${server.url}/api/v1/docs`);
    const route = page.locator('details', { hasText: 'POST /api/v1/instances' }).first();
    await route.locator('summary').click();
    await route.getByRole('link', { name: 'LabletInstance' }).first().click();
    expect(new URL(page.url()).hash).toBe('#schema-LabletInstance');
    await page.getByRole('link', { name: 'codes' }).click();
    await page.locator('#CLAIM_CONFLICT').waitFor();
    // The sheet is in the page: without it the body would be as wide as the window.
    expect(await page.locator('body').evaluate((body) => getComputedStyle(body).maxWidth)).not.toBe('none');
  }, 90_000);

  it('runs the operations of the first tab in the explorer, by HTTP and by WebSocket', async () => {
    const token = await server.token('ADMIN', 'olga');
    await page.goto(`${server.url}/explorer#token=${token}`);
    await page.locator('.graphiql-query-editor .view-lines').waitFor();
    expect(page.url()).toBe(`${server.url}/explorer`);
    const run = async (operation: string) => {
      await page.locator('.graphiql-execute-button').click();
      await page.getByRole('menuitem', { name: operation }).click();
    };
    const answer = (text: string) =>
      page.locator('.result-window .view-lines').getByText(text).first().waitFor();

    await run('RegisterWorker');
    await answer('PENDING');
    await run('InstanceChanges');
    await answer('SYNCED');
  }, 90_000);
}

interface Browser {
  readonly path: string | null;
  readonly version: string | null;
  readonly reason: string | null;
}

/** Chromium or Chrome: the one that LABLET_CHROMIUM names, or the first on PATH. */
function findBrowser(): Browser {
  const named = process.env['LABLET_CHROMIUM'];
  const names = ['chromium', 'chromium-browser', 'google-chrome'];
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  const places = named ? [named] : folders.flatMap((folder) => names.map((name) => join(folder, name)));
  const path = places.find((place) => statSync(place, { throwIfNoEntry: false })?.isFile());
  if (!path) {
    const reason = named ? `LABLET_CHROMIUM names no program: ${named}` : 'PATH has none';
    return { path: null, version: null, reason };
  }
  const { status, stdout } = spawnSync(path, ['--version'], { encoding: 'utf8', timeout: 20_000 });
  if (status !== 0) return { path: null, version: null, reason: `${path} does not run` };
  return { path, version: /[\d.]+/.exec(stdout)?.[0] ?? null, reason: null };
}

function builtAt(): number {
  return statSync(join(PAGES, 'explorer/index.html'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

function changedAt(): number {
  const sources = readdirSync(join(ROOT, 'src/web'), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.includes('.test.'))
    .map((entry) => join(entry.parentPath, entry.name));
  return Math.max(...[...sources, join(ROOT, 'vite.config.ts')].map((path) => statSync(path).mtimeMs));
}
