// The API pages in a real browser: Swagger UI lists all routes, logs in and calls; ReDoc renders; nothing leaves the
// origin and the console stays clean. Run: node --test tests/browser/
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { launchChromium } from './support/chromium.mjs';
import { email, password, startNassaq } from './support/nassaq.mjs';

let nassaq, context, page, address;
let complaints, foreign;

before(async () => {
  nassaq = await startNassaq();
  address = nassaq.address;
  context = await launchChromium(join(nassaq.directory, 'profile'));
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
  await nassaq?.stop();
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
