// A server of the tests' own, with an administrator, its data in a folder that goes with it, and a port that is free.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export const binary = process.env.NASSAQ_BINARY ?? fileURLToPath(new URL('../../../build/release/nassaq', import.meta.url));
export const email = 'browser@example.com';
export const password = 'correct horse 1!';

/** The process environment of the server: only what it needs, and its own data directory. */
function environment(directory) {
  const { PATH, HOME, LANG } = process.env;
  return {
    PATH, HOME, LANG, DATA_DIR: join(directory, 'data'), HOST: '127.0.0.1', PORT: '0', ENVIRONMENT: 'dev',
    LOG_FORMAT: 'json', LOGIN_RATE_LIMIT: '0', ACCESS_TOKEN_EXPIRE_MINUTES: '10',
  };
}

async function createAdministrator(directory) {
  const command = spawn(binary, ['admin', 'create', '--email', email, '--full-name', 'Browser Test', '--password-stdin'],
    { env: environment(directory), cwd: directory, stdio: ['pipe', 'inherit', 'inherit'] });
  command.stdin.end(`${password}\n`);
  const [code] = await once(command, 'exit');
  assert.equal(code, 0, 'admin create');
}

/** Resolves with the address that the log line "serving" carries. */
function addressOf(server) {
  const lines = createInterface({ input: server.stderr });
  return new Promise((resolve, reject) => {
    lines.on('line', (line) => {
      const entry = line.startsWith('{') ? JSON.parse(line) : {};
      if (entry.message === 'serving') resolve(entry.address);
    });
    server.once('exit', (code) => reject(new Error(`the server ended with exit code ${code}`)));
  });
}

export async function startNassaq() {
  const directory = await mkdtemp(join(tmpdir(), 'nassaq-browser-'));
  await createAdministrator(directory);
  const server = spawn(binary, ['serve'], { env: environment(directory), cwd: directory, stdio: ['ignore', 'ignore', 'pipe'] });
  const exited = once(server, 'exit');
  const address = await addressOf(server);

  async function stop() {
    server.kill('SIGTERM');
    const [code] = await exited;
    await rm(directory, { recursive: true, force: true });
    assert.equal(code, 0, 'the server stops well');
  }
  return { address, directory, stop };
}
