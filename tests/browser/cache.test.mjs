// What one person downloaded is not what the next one at the same browser gets, out of its cache: Chromium and Firefox, which
// are asked as the platform's front end asks, by fetch with a token. Run: node --test tests/browser/
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { before, describe, test } from 'node:test';
import { call, logIn, upload } from './support/api.mjs';
import { startChromium } from './support/chromium.mjs';
import { startFirefox } from './support/firefox.mjs';
import { email, password, startNassaq } from './support/nassaq.mjs';
import { startSignedIn } from './support/signed_in.mjs';
import { stopsWhatBegins } from './support/started.mjs';

const secret = 'the words of the first person';
const second = { username: 'second', full_name: 'Second Person', email: 'second@example.com', password };
const without = (...names) => (fields) => fields.filter(([name]) => !names.includes(name.toLowerCase()));

const page = '<!DOCTYPE html><title>a front end</title>';

const browsers = { Chromium: startChromium, Firefox: startFirefox };
for (const [name, start] of Object.entries(browsers)) describe(name, { timeout: 120_000 }, () => showsNobodyElses(start));

function showsNobodyElses(start) {
  const begin = stopsWhatBegins();
  let nassaq, browser;

  before(async () => {
    nassaq = await begin(startNassaq());
    await addPerson(nassaq.address, await logIn(nassaq.address, email));
    browser = await begin(start(join(nassaq.directory, 'profile')));
  });

  function ask(token, address, method = 'GET') {
    const options = JSON.stringify({ method, headers: { authorization: `Bearer ${token}` } });
    return browser.evaluate(`fetch(${JSON.stringify(address)}, ${options}).then(async (answer) => `
      + '({ status: answer.status, text: await answer.text() }))');
  }

  /** @returns what the second person is answered for what the first one has downloaded, at a browser that both use */
  async function secondAnswer(change) {
    const first = await logIn(nassaq.address, email);
    const path = await upload(nassaq.address, first, `${randomUUID()}.txt`, new Blob([secret], { type: 'text/plain' }));
    const tab = await begin(startSignedIn(nassaq.address, null, { '/page': page }, { change }));
    await browser.open(`${tab.address}/page`);
    for (let times = 0; times < 2; ++times) assert.deepEqual(await ask(first, path), { status: 200, text: secret });
    assert.equal((await ask(first, '/api/v1/auth/logout', 'POST')).status, 204);
    return ask(await logIn(nassaq.address, second.email), path);
  }

  async function isRefused(change) {
    const answer = await secondAnswer(change);
    assert.equal(answer.status, 404, answer.text);
    assert.ok(!answer.text.includes(secret));
  }

  test('the next person does not get it', () => isRefused((fields) => fields));

  test('nor at a browser that does not know Clear-Site-Data', () => isRefused(without('clear-site-data')));

  test('they would if answers might be kept', async () => {
    const answer = await secondAnswer((fields) =>
      [...without('clear-site-data', 'cache-control', 'vary')(fields), ['Cache-Control', 'max-age=600']]);
    assert.deepEqual(answer, { status: 200, text: secret });
  });
}

/** The second one: an active user without a role. */
async function addPerson(address, admin) {
  const body = new Blob([JSON.stringify(second)], { type: 'application/json' });
  const { user_id: id } = await call(address, '/auth/register', 'POST', null, body, 201);
  await call(address, `/users/${id}/activate`, 'PATCH', admin, null, 200);
}
