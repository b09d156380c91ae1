// A proxy that says who asks: the API takes the header Authorization alone, which no tab sends of itself. Answers pass as
// they come, so what a browser makes of them is what it makes of the server's.
import { once } from 'node:events';
import { createServer, request } from 'node:http';

/**
 * @param pages  of its own, which the server never sees: path → HTML
 * @returns its address, the paths that it was asked for so far, and what stops it
 */
export async function startSignedIn(address, token, pages) {
  const asked = [];

  function passOn(incoming, outgoing) {
    const headers = { ...incoming.headers, authorization: `Bearer ${token}` };
    const onward = request(new URL(incoming.url, address), { method: incoming.method, headers }, (answer) => {
      outgoing.sendDate = false;
      outgoing.writeHead(answer.statusCode, answer.rawHeaders);
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
