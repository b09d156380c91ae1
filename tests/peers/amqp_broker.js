// An AMQP 1.0 broker for tests, on rhea: queues in memory, SASL PLAIN or CBS, TLS, and whatever can go wrong.
//
//   node amqp_broker.js '{"port": P, "user": U, "password": P, "mode": "plain"|"cbs", "key": FILE, "certificate": FILE}'
//
// Names say what becomes of a queue: missing-* is not there, reject-* rejects, release-* releases each message twice
// before it takes it, hold-* never answers, drop-* ends the connection at the first message of each name.
const crypto = require('crypto');
const fs = require('fs');
const rhea = require('rhea');

const options = JSON.parse(process.argv[2]);
const container = rhea.create_container({ id: 'peer' });
const queues = new Map();
const dropped = new Set();
const releases = new Map();
const authorised = new WeakSet();
const replies = new WeakMap();

if (options.mode === 'cbs') {
  container.sasl_server_mechanisms.enable_anonymous();
} else {
  container.sasl_server_mechanisms.enable_plain((user, password) =>
    user === options.user && password === options.password);
}

function queue(name) {
  if (!queues.has(name)) queues.set(name, { messages: [], consumers: new Set() });
  return queues.get(name);
}

function pump(queue) {
  for (const consumer of queue.consumers) {
    while (consumer.sendable() && queue.messages.length) {
      const message = queue.messages.shift();
      const delivery = consumer.send(message);
      delivery.peer = { message, queue };
    }
  }
}

function giveBack(delivery) {
  if (!delivery.peer) return;
  delivery.peer.queue.messages.unshift(delivery.peer.message);
  const queue = delivery.peer.queue;
  delivery.peer = undefined;
  pump(queue);
}

// As Azure checks it: the signature is over the encoded resource, a line feed and the expiry.
function isToken(text) {
  const match = /^SharedAccessSignature (.*)$/.exec(text);
  if (!match) return false;
  const fields = Object.fromEntries(match[1].split('&').map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), pair.slice(at + 1)];
  }));
  const signature = crypto.createHmac('sha256', options.password).update(`${fields.sr}\n${fields.se}`).digest('base64');
  return decodeURIComponent(fields.sig) === signature && decodeURIComponent(fields.skn) === options.user &&
    Number(fields.se) > Date.now() / 1000;
}

function mayUse(connection) {
  return options.mode !== 'cbs' || authorised.has(connection);
}

container.on('sender_open', ({ sender, connection }) => {
  const address = sender.source.address;
  sender.set_source({ address });
  if (address === '$cbs') {
    replies.set(connection, sender);
  } else if (!mayUse(connection)) {
    sender.close({ condition: 'amqp:unauthorized-access', description: 'no token' });
  } else if (address.startsWith('missing-')) {
    sender.close({ condition: 'amqp:not-found', description: `The messaging entity '${address}' could not be found.` });
  } else {
    queue(address).consumers.add(sender);
  }
});
container.on('sendable', ({ sender }) => { if (sender.source.address !== '$cbs') pump(queue(sender.source.address)); });
container.on('sender_close', ({ sender }) => queue(sender.source.address).consumers.delete(sender));
container.on('receiver_open', ({ receiver, connection }) => {
  const address = receiver.target.address;
  if (address !== '$cbs' && !mayUse(connection)) {
    receiver.close({ condition: 'amqp:unauthorized-access', description: 'no token' });
  } else if (address.startsWith('missing-')) {
    receiver.close({ condition: 'amqp:not-found', description: `The messaging entity '${address}' could not be found.` });
  } else {
    receiver.set_target({ address });
  }
});

container.on('message', ({ receiver, connection, delivery, message }) => {
  const address = receiver.target.address;
  if (address === '$cbs') {
    const good = message.application_properties.operation === 'put-token' &&
      message.application_properties.type === 'servicebus.windows.net:sastoken' && isToken(message.body);
    if (good) authorised.add(connection);
    delivery.accept();
    replies.get(connection).send({
      correlation_id: message.message_id, application_properties: { 'status-code': good ? 202 : 401 }, body: '' });
    return;
  }
  if (!message.durable || message.content_type !== 'application/json' || message.body.typecode !== 0x75) {
    delivery.reject({ condition: 'amqp:not-allowed', description: 'not as the platform has it' });
  } else if (address.startsWith('reject-')) {
    delivery.reject({ condition: 'amqp:resource-limit-exceeded', description: 'quota' });
  } else if (address.startsWith('drop-') && !dropped.has(address)) {
    dropped.add(address);
    connection.socket.destroy();
    forget(connection);  // rhea tells only of what the other side ends.
  } else if (address.startsWith('release-') && (releases.get(message.message_id) || 0) < 2) {
    releases.set(message.message_id, (releases.get(message.message_id) || 0) + 1);
    delivery.release();
  } else if (!address.startsWith('hold-')) {
    queue(address).messages.push(message);
    delivery.accept();
    pump(queue(address));
  }
});

container.on('released', ({ delivery }) => giveBack(delivery));
container.on('modified', ({ delivery }) => giveBack(delivery));
container.on('accepted', ({ delivery }) => { delivery.peer = undefined; });
function forget(connection) {
  for (const each of queues.values()) {
    for (const consumer of each.consumers) {
      if (consumer.connection !== connection) continue;
      each.consumers.delete(consumer);
      for (const delivery of consumer.session.outgoing.deliveries.entries || []) {
        if (delivery && delivery.link === consumer) giveBack(delivery);
      }
    }
  }
}

container.on('disconnected', ({ connection }) => forget(connection));
for (const event of ['connection_error', 'protocol_error', 'error']) container.on(event, () => {});

const listener = { port: options.port, host: '127.0.0.1', require_sasl: true, receiver_options: { autoaccept: false },
  autoaccept: false };
if (options.key) {
  Object.assign(listener, { transport: 'tls', key: fs.readFileSync(options.key), cert: fs.readFileSync(options.certificate) });
}
container.options.autoaccept = false;
container.listen(listener).on('listening', () => console.log('listening'));
