// Firefox, over the protocol that it speaks itself (Marionette, https://firefox-source-docs.mozilla.org/testing/marionette/):
// Playwright drives a Firefox of its own only, and Debian has no geckodriver, which does no more than translate to this.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const program = process.env.FIREFOX ?? '/usr/bin/firefox-esr';

// A port that is free; and no names, so that a new profile's curiosity stays on this machine.
const preferences = { 'marionette.port': 0, 'network.dns.disabled': true };

/** A message is JSON behind its length: `32:[0,7,"WebDriver:GetTitle",{}]`, answered by `[1,7,error,result]`. */
class Marionette {
  #socket;
  #received = Buffer.alloc(0);
  #waiting = new Map();
  #lastId = 0;

  constructor(socket) {
    this.#socket = socket;
    socket.on('data', (bytes) => this.#receive(bytes));
    socket.on('error', () => {});  // 'close' follows
    socket.on('close', () => this.#giveUp());
  }

  call(command, parameters = {}) {
    const id = ++this.#lastId;
    const message = JSON.stringify([0, id, command, parameters]);
    this.#socket.write(`${Buffer.byteLength(message)}:${message}`);
    return new Promise((resolve, reject) => this.#waiting.set(id, { command, resolve, reject }));
  }

  #receive(bytes) {
    this.#received = Buffer.concat([this.#received, bytes]);
    for (let colon; (colon = this.#received.indexOf(':')) > 0;) {
      const end = colon + 1 + Number(this.#received.subarray(0, colon));
      if (this.#received.length < end) return;
      this.#settle(JSON.parse(this.#received.subarray(colon + 1, end)));
      this.#received = this.#received.subarray(end);
    }
  }

  #settle(message) {
    if (!Array.isArray(message)) return;  // the greeting, which answers nothing
    const [, id, error, result] = message;
    const { command, resolve, reject } = this.#waiting.get(id);
    this.#waiting.delete(id);
    if (error) reject(new Error(`${command}: ${error.error}: ${error.message}`));
    else resolve(result);
  }

  #giveUp() {
    for (const { command, reject } of this.#waiting.values()) reject(new Error(`${command}: Firefox is gone`));
    this.#waiting.clear();
  }
}

/** The port that Firefox has taken, which it writes into its profile. */
async function portOf(firefox, profile) {
  for (let tries = 0; tries < 600 && firefox.exitCode === null; ++tries) {
    const port = Number(await readFile(join(profile, 'MarionetteActivePort'), 'utf8').catch(() => 0));
    if (port) return port;
    await sleep(100);
  }
  throw new Error(`Firefox does not listen; its exit code is ${firefox.exitCode}`);
}

async function startSession(firefox, profile) {
  const socket = connect(await portOf(firefox, profile), '127.0.0.1');
  await once(socket, 'connect');
  const marionette = new Marionette(socket);
  await marionette.call('WebDriver:NewSession', { timeouts: { pageLoad: 20_000 } });  // what is saved instead never loads
  return marionette;
}

/** It is its home too: Firefox refuses to run as root in the home of somebody else. */
async function makeProfile(profile) {
  await mkdir(profile, { recursive: true });
  const lines = Object.entries(preferences).map(([name, value]) => `user_pref("${name}", ${value});\n`);
  await writeFile(join(profile, 'user.js'), lines.join(''));
}

function spawnFirefox(profile) {
  const { PATH, LANG } = process.env;
  const options = ['--headless', '--no-remote', '--marionette', '--profile', profile, '--width', '1400', '--height', '1000'];
  return spawn(program, options, { env: { PATH, LANG, HOME: profile }, cwd: profile, stdio: ['ignore', 'ignore', 'pipe'] });
}

export async function startFirefox(profile) {
  await makeProfile(profile);
  const firefox = spawnFirefox(profile);
  firefox.on('error', () => {});  // the exit code says it
  firefox.stderr.resume();
  // When its children are gone too, who have the same stderr and write to the profile.
  const closed = new Promise((resolve) => firefox.on('close', resolve));

  const marionette = await startSession(firefox, profile).catch(async (error) => {
    firefox.kill('SIGKILL');
    await closed;
    throw error;
  });

  async function stop() {
    const late = setTimeout(() => firefox.kill('SIGKILL'), 20_000);
    await marionette.call('Marionette:Quit').catch(() => {});
    await closed;
    clearTimeout(late);
  }
  return {
    open: (url) => marionette.call('WebDriver:Navigate', { url }),
    evaluate: async (expression) =>
      (await marionette.call('WebDriver:ExecuteScript', { script: `return ${expression}`, args: [] })).value,
    picture: async () => Buffer.from((await marionette.call('WebDriver:TakeScreenshot', { full: false })).value, 'base64'),
    stop,
  };
}
