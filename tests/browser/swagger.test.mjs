// The API pages in a real browser: Swagger UI lists all routes, logs in and calls; ReDoc renders; nothing leaves the
// origin and the console stays clean. Run: node --test tests/browser/
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, beforeEach, test } from 'node:test';
import { fileURLToPath } from 'node:url';

const require = createRequire(new URL('../../web/package.json', import.meta.url));
const { chromium } = require('playwright-core');

const binary = process.env.NASSAQ_BINARY ?? fileURLToPath(new URL('../../build/release/nassaq', import.meta.url));
const browserProgram = process.env.CHROMIUM ?? '/usr/bin/chromium';
const email = 'browser@example.com';
const password = 'correct horse 1!';

let directory, server, context, page, address;
let complaints, foreign;

/** The process environment of the server: only what it needs, and its own data directory. */
function environment() {
  const { PATH, HOME, LANG } = process.env;
  return {
    PATH, HOME, LANG, DATA_DIR: join(directory, 'data'), HOST: '127.0.0.1', PORT: '0', ENVIRONMENT: 'dev',
    LOG_FORMAT: 'json', LOGIN_RATE_LIMIT: '0',
  };
}

async function createAdministrator() {
  const command = spawn(binary, ['admin', 'create', '--email', email, '--full-name', 'Browser Test', '--password-stdin'],
    { env: environment(), cwd: directory, stdio: ['pipe', 'inherit', 'inherit'] });
  command.stdin.end(`${password}\n`);
  const [code] = await once(command, 'exit');
  assert.equal(code, 0, 'admin create');
}

/** Resolves with the address that the log line "serving" carries. */
async function startServer() {
  server = spawn(binary, ['serve'], { env: environment(), cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  const lines = createInterface({ input: server.stderr });
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const entry = line.startsWith('{') ? JSON.parse(line) : {};
      if (entry.message === 'serving') resolve(entry.address);
    });
    server.once('exit', (code) => reject(new Error(`the server ended with exit code ${code}`)));
  });
}

before(async () => {
  directory = await mkdtemp(join(tmpdir(), 'nassaq-browser-'));
  await createAdministrator();
  address = await startServer();
  context = await chromium.launchPersistentContext(join(directory, 'profile'), {
    executablePath: browserProgram, headless: true, chromiumSandbox: false, viewport: { width: 1400, height: 1000 },
    args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
  page = context.pages()[0] ?? await context.newPage();
  page.setDefaultTimeout(30_000);
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on('pageerror', (error) => complaints.push(`exception: ${error.message}`));
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (!['data:', 'blob:'].includes(url.protocol) && url.origin !== address) foreign.push(request.url());
  });
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} for ${response.url()}`);
  });
});

beforeEach(() => {
  complaints = [];
  foreign = [];
});

after(async () => {
  await context?.close();
  if (server && server.exitCode === null) {
    server.kill('SIGTERM');
    const [code] = await once(server, 'exit');
    assert.equal(code, 0, 'the server stops well');
  }
  if (directory) await rm(directory, { recursive: true, force: true });
});

/** Every route of the OpenAPI document, as "GET /path". */
async function documentedRoutes() {
  const document = await (await fetch(`${address}/openapi.json`)).json();
  const methods = ['get', 'post', 'put', 'patch', 'delete'];
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.keys(item).filter((key) => methods.includes(key)).map((key) => `${key.toUpperCase()} ${path}`));
}

function checkNoComplaints() {
  assert.deepEqual(foreign, [], 'no request leaves the origin');
  assert.deepEqual(complaints, [], 'the console stays clean');
}

async function openSwagger() {
  await page.goto(`${address}/docs`);
  await page.locator('.opblock').first().waitFor();
}

test('Swagger UI lists every route', async () => {
  await openSwagger();
  const shown = await page.locator('.opblock-summary').evaluateAll((elements) => elements.map((element) => {
    const method = element.querySelector('.opblock-summary-method').textContent.trim();
    const path = element.querySelector('.opblock-summary-path').getAttribute('data-path');
    return `${method} ${path}`;
  }));
  const documented = await documentedRoutes();
  assert.ok(documented.length >= 20);
  assert.deepEqual(shown.sort(), documented.sort());
  checkNoComplaints();
});

test('Authorize logs in, and GET /users/me answers 200', async () => {
  await openSwagger();
  await page.locator('.btn.authorize').first().click();
  const dialogue = page.locator('.modal-ux').last();
  await dialogue.locator('input[name="username"], #oauth_username').first().fill(email);
  await dialogue.locator('input[type="password"]').first().fill(password);
  const login = page.waitForResponse((response) => response.url().endsWith('/api/v1/auth/login'));
  await dialogue.locator('button.authorize').first().click();
  assert.equal((await login).status(), 200);
  await dialogue.locator('button', { hasText: 'Logout' }).first().waitFor();
  await dialogue.locator('button.btn-done').first().click();

  const route = page.locator('.opblock').filter({ has: page.locator('[data-path="/api/v1/users/me"]') })
    .filter({ has: page.locator('.opblock-summary-method', { hasText: /^\s*GET\s*$/ }) });
  await route.locator('.opblock-summary-control').click();
  await route.getByRole('button', { name: 'Try it out' }).click();
  const called = page.waitForResponse((response) => response.url().endsWith('/api/v1/users/me'));
  await route.getByRole('button', { name: 'Execute' }).click();
  const response = await called;
  assert.equal(response.status(), 200);
  assert.equal((await response.json()).email, email);
  await route.locator('.live-responses-table .response-col_status', { hasText: '200' }).first().waitFor();
  assert.match(await route.locator('.live-responses-table').innerText(), new RegExp(email));
  checkNoComplaints();
});

test('ReDoc renders every route', async () => {
  await page.goto(`${address}/redoc`);
  await page.locator('h1').first().waitFor();
  const documented = await documentedRoutes();
  await page.waitForFunction((count) => document.querySelectorAll('[data-section-id^="operation/"], [id^="operation/"], '
    + '[data-section-id*="/paths/"], [data-section-id*="/operation/"]').length >= count, documented.length);
  checkNoComplaints();
});
