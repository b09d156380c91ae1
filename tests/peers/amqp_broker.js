// An AMQP 1.0 broker for tests, on rhea: queues in memory, SASL PLAIN or CBS, TLS, and whatever can go wrong.
//
//   node amqp_broker.js '{"port": P, "user": U, "password": P, "mode": "plain"|"cbs", "key": FILE, "certificate": FILE}'
//
// Names say what becomes of a queue: missing-* is not there, reject-* rejects, release-* releases each message twice
// before it takes it, hold-* never answers, drop-* ends the connection at the first message of each name, lock-* locks
// what it delivers for two seconds, which lock-*/$management makes longer as Service Bus does.
const crypto = require('crypto');
const fs = require('fs');
const rhea = require('rhea');

const options = JSON.parse(process.argv[2]);
const container = rhea.create_container({ id: 'peer' });
const queues = new Map();
const dropped = new Set();
const releases = new Map();
const authorised = new WeakSet();
const replies = new WeakMap();  // connection -> node -> sender
const LOCK_SECONDS = 2;
const locks = new Map();  // token -> delivery

if (options.mode === 'cbs') {
  container.sasl_server_mechanisms.enable_anonymous();
} else {
  container.sasl_server_mechanisms.enable_plain((user, password) =>
    user === options.user && password === options.password);
}

function queue(name) {
  if (!queues.has(name)) queues.set(name, { messages: [], consumers: new Set(), locks: name.startsWith('lock-') });
  return queues.get(name);
}

// One message a consumer at a time: rhea counts credit down only when it has written what was sent.
function pump(queue) {
  for (const consumer of queue.consumers) {
    if (!consumer.writing && consumer.sendable() && queue.messages.length) {
      consumer.writing = true;
      setImmediate(() => { consumer.writing = false; pump(queue); });
      const message = queue.messages.shift();
      const delivery = queue.locks ? sendLocked(consumer, message) : consumer.send(message);
      delivery.peer = { message, queue };
    }
  }
}

function sendLocked(consumer, message) {
  const token = crypto.randomBytes(16);
  const annotations = { ...message.message_annotations, 'x-opt-locked-until': rhea.types.wrap_timestamp(lockEnd()) };
  const delivery = consumer.send({ ...message, message_annotations: annotations }, token);
  lock(guid(token), delivery);
  return delivery;
}

function lockEnd() {
  return Date.now() + LOCK_SECONDS * 1000;
}

// The bytes of a .NET GUID in the order of a UUID.
function guid(tag) {
  return Buffer.from([3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15].map((at) => tag[at])).toString('hex');
}

function lock(token, delivery) {
  clearTimeout(delivery.timer);
  locks.set(token, delivery);
  delivery.timer = setTimeout(() => { locks.delete(token); giveBack(delivery); }, LOCK_SECONDS * 1000);
}

function renewLocks(reply, message) {
  const tokens = message.body['lock-tokens'].map((token) => Buffer.from(token).toString('hex'));
  const good = message.application_properties.operation === 'com.microsoft:renew-lock' &&
    tokens.every((token) => locks.has(token) && locks.get(token).peer);
  if (good) tokens.forEach((token) => lock(token, locks.get(token)));
  const expirations = rhea.types.wrap_array(tokens.map(lockEnd), 0x83);
  reply.send({ correlation_id: message.message_id,
    application_properties: { statusCode: rhea.types.wrap_int(good ? 200 : 410) },
    body: good ? { expirations } : {} });
}

function isNode(address) {
  return address === '$cbs' || address.endsWith('/$management');
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
  if (isNode(address)) {
    if (!replies.has(connection)) replies.set(connection, {});
    replies.get(connection)[address] = sender;
  } else if (!mayUse(connection)) {
    sender.close({ condition: 'amqp:unauthorized-access', description: 'no token' });
  } else if (address.startsWith('missing-')) {
    sender.close({ condition: 'amqp:not-found', description: `The messaging entity '${address}' could not be found.` });
  } else {
    queue(address).consumers.add(sender);
  }
});
container.on('sendable', ({ sender }) => { if (!isNode(sender.source.address)) pump(queue(sender.source.address)); });
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
    replies.get(connection).$cbs.send({
      correlation_id: message.message_id, application_properties: { 'status-code': rhea.types.wrap_int(good ? 202 : 401) }, body: '' });
    return;
  }
  if (address.endsWith('/$management')) {
    delivery.accept();
    renewLocks(replies.get(connection)[address], message);
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
