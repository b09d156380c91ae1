// Makes docs.png, the picture of the API pages in README.md, of a server in development:
//
//   node docs/images/make.mjs http://localhost:8000
import { createRequire } from 'node:module';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const { chromium } = createRequire(new URL('../../web/package.json', import.meta.url))('playwright-core');

const address = process.argv[2] ?? 'http://localhost:8000';
const directory = await mkdtemp(join(tmpdir(), 'nassaq-picture-'));
const context = await chromium.launchPersistentContext(directory, {
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium', headless: true, chromiumSandbox: false,
  viewport: { width: 1100, height: 860 },
  args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync'],
});
try {
  const page = await context.newPage();
  await page.goto(`${address}/docs`);
  const title = page.locator('#operations-tag-docs');
  await title.waitFor();
  await title.evaluate((element) => element.scrollIntoView());
  await page.waitForTimeout(500);
  await page.screenshot({ path: fileURLToPath(new URL('docs.png', import.meta.url)) });
} finally {
  await context.close();
  await rm(directory, { recursive: true, force: true });
}
