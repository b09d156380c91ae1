// Documents opened with inline=true in the tab of a real browser, Chromium and Firefox: their viewers show a PDF, Arabic
// texts are in their character set, and what is hostile runs nothing. Run: node --test tests/browser/
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { before, beforeEach, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { logIn, upload } from './support/api.mjs';
import { startChromium } from './support/chromium.mjs';
import { startFirefox } from './support/firefox.mjs';
import { binary, startNassaq } from './support/nassaq.mjs';
import { startSignedIn } from './support/signed_in.mjs';
import { stopsWhatBegins } from './support/started.mjs';

const data = new URL('../data/', import.meta.url);

// An image, because the event that ends the loading of a page waits for it.
const script = '<script>document.title = "ran"; document.body.append(Object.assign(new Image(), { src: "/ran" }))</script>';
const hostile = `<!DOCTYPE html><title>calm</title><body>${script}</body>\n`;

const browsers = { Chromium: startChromium, Firefox: startFirefox };
for (const [name, start] of Object.entries(browsers)) describe(name, { timeout: 120_000 }, () => showsDocuments(start));

function showsDocuments(start) {
  const begin = stopsWhatBegins();
  let nassaq, token, tab, browser;

  before(async () => {
    nassaq = await begin(startNassaq());
    token = await logIn(nassaq.address);
    tab = await begin(startSignedIn(nassaq.address, token, { '/as-a-page': hostile, '/ran': '' }));
    browser = await begin(start(join(nassaq.directory, 'profile')));
  });

  beforeEach(() => {
    tab.asked.length = 0;
  });

  /** Uploads as one does who claims that all is a page. */
  async function show(filename, content) {
    const file = new Blob([content], { type: 'text/html' });
    const path = `${await upload(nassaq.address, token, filename, file)}?inline=true`;
    await browser.open(tab.address + path);
    const shown = await browser.evaluate('({ address: location.href, type: document.contentType, '
      + 'characterSet: document.characterSet, title: document.title, text: document.body.innerText })');
    assert.equal(shown.address, tab.address + path, 'the tab is at the document, which was not saved instead');
    return shown;
  }

  async function showsText(name, characterSet) {
    const shown = await show(name, await testData(name));
    assert.deepEqual([shown.type, shown.characterSet], ['text/plain', characterSet]);
    assert.equal(shown.text.trim(), String(await testData(`${name}.gt.txt`)).trim());
  }

  /** Whatever a viewer is made of: a picture of the tab is taken, and the words in it are read by the program's own OCR. */
  async function sees(words) {
    let text = '';
    for (let tries = 0; tries < 10 && !text.includes(words); ++tries) {
      if (tries > 0) await sleep(500);  // viewers go on drawing when the page is loaded
      text = await read(await browser.picture(), nassaq.directory);
    }
    assert.ok(text.includes(words), `"${words}" is to be seen, but there is:\n${text}`);
  }

  async function showsLetter(filename, content) {
    const shown = await show(filename, content);
    assert.equal(shown.type, 'application/pdf');
    const [firstLine] = String(await testData('letter.pdf.gt.txt')).split('\n');
    await sees(firstLine);
  }

  test('the viewer shows a PDF', async () => {
    await showsLetter('letter.pdf', await testData('letter.pdf'));
  });

  test('an Arabic text in UTF-8 is shown as it is written', async () => {
    await showsText('report-utf8.txt', 'UTF-8');
  });

  test('an Arabic text in Windows-1256 is shown as it is written', async () => {
    await showsText('report-windows-1256.txt', 'windows-1256');
  });

  test('the hostile page would run as a page', async () => {
    await browser.open(`${tab.address}/as-a-page`);
    assert.equal(await browser.evaluate('document.title'), 'ran');
    assert.ok(tab.asked.includes('/ran'));
  });

  test('it does not run as a text', async () => {
    const shown = await show('page.txt', hostile);
    assert.deepEqual([shown.type, shown.title], ['text/plain', '']);
    assert.equal(shown.text.trim(), hostile.trim());
    assert.ok(!tab.asked.includes('/ran'));
  });

  test('it does not run at the beginning of a PDF', async () => {
    const beginning = Buffer.from(`A PDF may begin with other bytes.\n${hostile}`);
    await showsLetter('page.pdf', Buffer.concat([beginning, await testData('letter.pdf')]));
    assert.ok(!tab.asked.includes('/ran'));
  });
}

function testData(name) {
  return readFile(new URL(name, data));
}

async function read(picture, directory) {
  const file = join(directory, 'picture.png');
  await writeFile(file, picture);
  return (await promisify(execFile)(binary, ['extract', file], { cwd: directory })).stdout;
}
