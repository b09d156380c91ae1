// The API as a client calls it, outside of any browser.
import assert from 'node:assert/strict';
import { email, password } from './nassaq.mjs';

/** @returns the JSON of an answer of that status, null where it has none */
export async function call(address, path, method, token, body, status) {
  const headers = token ? { authorization: `Bearer ${token}` } : {};
  const response = await fetch(`${address}/api/v1${path}`, { method, headers, body });
  const text = await response.text();
  assert.equal(response.status, status, `${method} ${path}: ${text}`);
  return text ? JSON.parse(text) : null;
}

/** @returns an access token */
export async function logIn(address, username = email) {
  const body = new URLSearchParams({ username, password });
  return (await call(address, '/auth/login', 'POST', null, body, 200)).access_token;
}

/** @returns the path that the document is downloaded from */
export async function upload(address, token, filename, content) {
  const body = new FormData();
  body.append('file', content, filename);
  return `/api/v1/docs/${(await call(address, '/docs/upload', 'POST', token, body, 201)).doc_id}/download`;
}
