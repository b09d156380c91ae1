// What one person downloaded is not what the next one at the same browser gets, out of its cache: Chromium and Firefox, which
// are asked as the platform's front end asks, by fetch with a token. Run: node --test tests/browser/
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { startChromium } from './support/chromium.mjs';
import { startFirefox } from './support/firefox.mjs';
import { email, password, startNassaq } from './support/nassaq.mjs';
import { startSignedIn } from './support/signed_in.mjs';

const secret = 'the words of the first person';
const without = (...names) => (fields) => fields.filter(([name]) => !names.includes(name.toLowerCase()));

// What the server says; what a browser makes of it that does not know Clear-Site-Data; and a server that says nothing of it.
const servers = {
  'as the server says it': { change: (fields) => fields, keeps: false },
  'without Clear-Site-Data': { change: without('clear-site-data'), keeps: false },
  'with answers that may be kept': {
    change: (fields) => [...without('clear-site-data', 'cache-control', 'vary')(fields), ['Cache-Control', 'max-age=600']],
    keeps: true,
  },
};

const browsers = { Chromium: startChromium, Firefox: startFirefox };
for (const [name, start] of Object.entries(browsers)) {
  describe(name, { timeout: 120_000 }, () => {
    for (const [kind, server] of Object.entries(servers)) describe(kind, () => showsNobodyElses(start, server));
  });
}

function showsNobodyElses(start, { change, keeps }) {
  const started = [];
  let nassaq, browser, path, first, second;

  async function begin(starting) {
    const thing = await starting;
    started.push(thing);
    return thing;
  }

  before(async () => {
    nassaq = await begin(startNassaq());
    first = await logIn(nassaq.address, email);
    second = await addPerson(nassaq.address, first);
    path = await upload(nassaq.address, first);
    const tab = await begin(startSignedIn(nassaq.address, null, { '/page': '<!DOCTYPE html><title>a front end</title>' }, { change }));
    browser = await begin(start(join(nassaq.directory, 'profile')));
    await browser.open(`${tab.address}/page`);
  });

  after(async () => {
    for (const thing of started.reverse()) await thing.stop();
  });

  function ask(token, address, method = 'GET') {
    const options = JSON.stringify({ method, headers: { authorization: `Bearer ${token}` } });
    return browser.evaluate(`fetch(${JSON.stringify(address)}, ${options}).then(async (answer) => `
      + '({ status: answer.status, text: await answer.text() }))');
  }

  test(keeps ? 'the next person gets it' : 'the next person does not get it', async () => {
    for (let times = 0; times < 2; ++times) assert.deepEqual(await ask(first, path), { status: 200, text: secret });
    assert.equal((await ask(first, '/api/v1/auth/logout', 'POST')).status, 204);
    const answer = await ask(second, path);
    assert.equal(answer.text === secret, keeps, answer.text);
    assert.equal(answer.status, keeps ? 200 : 404);
  });
}

async function call(address, path, method, token, body) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const response = await fetch(`${address}/api/v1${path}`, { method, headers, body });
  const text = await response.text();
  assert.ok(response.ok, `${method} ${path}: ${response.status} ${text}`);
  return text ? JSON.parse(text) : null;
}

async function logIn(address, username) {
  return (await call(address, '/auth/login', 'POST', null, new URLSearchParams({ username, password }))).access_token;
}

/** An active user without a role. @returns their token */
async function addPerson(address, admin) {
  const person = { username: 'second', full_name: 'Second Person', email: 'second@example.com', password };
  const body = new Blob([JSON.stringify(person)], { type: 'application/json' });
  const { user_id: id } = await call(address, '/auth/register', 'POST', null, body);
  await call(address, `/users/${id}/activate`, 'PATCH', admin);
  return logIn(address, person.email);
}

/** @returns the path that the document is downloaded from */
async function upload(address, token) {
  const body = new FormData();
  body.append('file', new Blob([secret], { type: 'text/plain' }), 'secret.txt');
  return `/api/v1/docs/${(await call(address, '/docs/upload', 'POST', token, body)).doc_id}/download`;
}
