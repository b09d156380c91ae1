// A proxy that says who asks: the API takes the header Authorization alone, which no tab sends of itself. Answers pass as
// they come, so what a browser makes of them is what it makes of the server's.
import { once } from 'node:events';
import { createServer, request } from 'node:http';

/**
 * @param token  of who asks; null: whoever the tab says
 * @param pages  of its own, which the server never sees: path → HTML
 * @param options.change  what becomes of the fields of an answer, a list of [name, value]
 * @returns its address, the paths that it was asked for so far, and what stops it
 */
export async function startSignedIn(address, token, pages, { change = (fields) => fields } = {}) {
  const asked = [];

  function passOn(incoming, outgoing) {
    const headers = token === null ? incoming.headers : { ...incoming.headers, authorization: `Bearer ${token}` };
    const onward = request(new URL(incoming.url, address), { method: incoming.method, headers }, (answer) => {
      outgoing.sendDate = false;
      outgoing.writeHead(answer.statusCode, change(pairs(answer.rawHeaders)).flat());
      answer.pipe(outgoing);
    });
    onward.on('error', () => outgoing.destroy());
    outgoing.on('close', () => onward.destroy());
    incoming.pipe(onward);
  }

  const proxy = createServer((incoming, outgoing) => {
    asked.push(incoming.url);
    const page = pages[incoming.url];
    if (page === undefined) passOn(incoming, outgoing);
    else outgoing.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page);
  });
  proxy.listen(0, '127.0.0.1');
  await once(proxy, 'listening');

  async function stop() {
    proxy.close();
    proxy.closeAllConnections();
    await once(proxy, 'close');
  }
  return { address: `http://127.0.0.1:${proxy.address().port}`, asked, stop };
}

/** [name, value, name, value, …] → [[name, value], …] */
function pairs(rawHeaders) {
  return Array.from({ length: rawHeaders.length / 2 }, (_, i) => rawHeaders.slice(2 * i, 2 * i + 2));
}
