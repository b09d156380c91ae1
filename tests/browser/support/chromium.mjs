import { createRequire } from 'node:module';

const { chromium } = createRequire(new URL('../../../web/package.json', import.meta.url))('playwright-core');
const program = process.env.CHROMIUM ?? '/usr/bin/chromium';

/** @returns a context of Playwright, with one page. */
export function launchChromium(profile) {
  return chromium.launchPersistentContext(profile, {
    executablePath: program, headless: true, chromiumSandbox: false, viewport: { width: 1400, height: 1000 },
    args: ['--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync'],
  });
}

/** The same few things that `startFirefox` gives. */
export async function startChromium(profile) {
  const context = await launchChromium(profile);
  const page = context.pages()[0] ?? await context.newPage();
  return {
    open: (url) => page.goto(url),
    evaluate: (expression) => page.evaluate(expression),
    picture: () => page.screenshot(),
    stop: () => context.close(),
  };
}
